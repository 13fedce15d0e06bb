import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { expired } from './expired.ts';
import { missingIssuer } from './missing-issuer.ts';
import { nameForbiddenByCa } from './name-forbidden-by-ca.ts';
import { notYetValid } from './not-yet-valid.ts';
import { selfSigned } from './self-signed.ts';

export const chainNotAccepted: FindingRule = rule({
  code: 'chain-not-accepted',
  severity: 'error',
  title: 'The chain is not accepted for another reason',
  find: (view) => {
    const { chainError } = view;
    if (chainError === null || missingIssuer(view) !== null) return null;
    if ([selfSigned, expired, notYetValid, nameForbiddenByCa].some((other) => other.find(view) !== null))
      return null;
    return { code: chainError.code, reason: chainError.message };
  },
  message: ({ code, reason }) =>
    `Node refuses the chain: ${printable(reason, 200)}${code === null ? '' : ` (${printable(code)})`}.`,
  fixes: () => [
    {
      who: 'issuer',
      sure: 'likely',
      title: 'issue the certificate again, from a chain that is right for a TLS server',
    },
  ],
});
