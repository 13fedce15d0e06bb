import { printable } from '../../names/printable.ts';
import { trustIssuer } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const selfSigned: FindingRule = rule({
  code: 'self-signed',
  severity: 'error',
  title: 'The certificate is self-signed',
  find: ({ leaf, chainError }) =>
    leaf === null ||
    chainError === null ||
    !(leaf.selfSigned || chainError.code === 'DEPTH_ZERO_SELF_SIGNED_CERT')
      ? null
      : { subject: leaf.subject.text },
  message: ({ subject }) =>
    `The certificate (${printable(subject, 80)}) is signed with its own key, so nobody vouches for it, and it is not in the trust store used.`,
  fixes: (view) => [
    {
      who: 'issuer',
      sure: 'likely',
      title: 'get a certificate from a CA that the clients trust',
    },
    ...trustIssuer(
      view,
      'only for a certificate you made or got from its owner, never one taken from this connection',
    ),
  ],
});
