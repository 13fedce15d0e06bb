import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { missingIssuer } from './missing-issuer.ts';

export const intermediateMissing: FindingRule = rule({
  code: 'intermediate-missing',
  severity: 'error',
  title: 'The server does not send the intermediate certificate',
  find: (view) => {
    const missing = missingIssuer(view);
    return missing === null || missing.looksIntermediate === null
      ? null
      : {
          issuer: missing.last.issuer.text,
          subject: missing.last.subject.text,
          sent: view.chain.length,
          sign: missing.looksIntermediate,
        };
  },
  message: ({ issuer, subject, sent, sign }) =>
    `The server sends ${sent === 1 ? 'only its own certificate' : `${sent} certificates`}, but not that of ${printable(issuer, 80)}, which issued ${printable(subject, 80)}: ${printable(sign, 120)}.`,
  fixes: (_view, { issuer }) => [
    {
      who: 'server',
      sure: 'likely',
      title: `send the whole chain: the server's certificate followed by that of ${printable(issuer, 80)} (fullchain.pem)`,
    },
  ],
});
