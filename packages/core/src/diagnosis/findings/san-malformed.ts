import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const sanMalformed: FindingRule = rule({
  code: 'san-malformed',
  severity: 'error',
  title: 'The subjectAltName cannot be read, or is there twice',
  find: ({ leaf, reference }) => {
    const san = leaf?.names.san;
    return san === 'malformed' || san === 'duplicate' ? { san, name: reference?.value ?? '' } : null;
  },
  message: ({ san }) =>
    san === 'duplicate'
      ? 'The certificate has two subjectAltName extensions (RFC 5280 §4.2 allows one), so none of its names can be relied on.'
      : 'The subjectAltName of the certificate is not valid DER (RFC 5280 §4.2.1.6), so none of its names can be relied on.',
  fixes: (_view, { name }) => [issueFor([name])],
});
