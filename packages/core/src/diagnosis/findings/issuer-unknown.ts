import { printable } from '../../names/printable.ts';
import { trustIssuer } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { missingIssuer } from './missing-issuer.ts';

export const issuerUnknown: FindingRule = rule({
  code: 'issuer-unknown',
  severity: 'error',
  title: 'The issuer is not in the trust store used',
  find: (view) => {
    const missing = missingIssuer(view);
    if (missing === null || missing.looksIntermediate !== null) return null;
    return {
      issuer: missing.last.selfIssued ? missing.last.subject.text : missing.last.issuer.text,
      rootSent: missing.last.selfIssued,
      store: view.evidence.trust.used,
      sameNameGiven: missing.sameNameGiven,
    };
  },
  message: ({ issuer, rootSent, store, sameNameGiven }) =>
    sameNameGiven
      ? `The certificate was issued by ${printable(issuer, 80)}; a root of that very name is trusted, but with another key, so the CA was made anew.`
      : `The certificate was issued by ${printable(issuer, 80)}, which is not among the roots used (${store.join(', ')})` +
        (rootSent ? '; that the server sends this root itself does not make it trusted.' : '.'),
  fixes: (view, { sameNameGiven, rootSent }) => [
    ...(sameNameGiven
      ? [
          {
            who: 'client',
            sure: 'likely',
            title: 'replace the old root by the current one, from a file you got from its owner',
            condition: 'only if that CA is yours or your organisation’s',
          } as const,
          {
            who: 'issuer',
            sure: 'likely',
            title: 'or issue the certificate again with the old key',
          } as const,
        ]
      : trustIssuer(view, 'only if that CA is yours or your organisation’s')),
    ...(sameNameGiven || rootSent
      ? []
      : [
          {
            who: 'server',
            sure: 'needs-your-values',
            title: 'or, where that CA is an intermediate one, send its certificate after the server’s own',
          } as const,
        ]),
  ],
});
