import { printable } from '../../names/printable.ts';
import { addCa } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor } from '../view.ts';
import { missingIssuer } from './missing-issuer.ts';

export const extraCaReplaced: FindingRule = rule({
  code: 'extra-ca-replaced',
  severity: 'error',
  title: 'The ca option replaced the roots that would do',
  find: (view) => {
    const { used, given, file, defaultRoot = null } = view.evidence.trust;
    const again = attemptsFor(view, 'default-roots')[0]?.outcome;
    const trusted = again?.kind === 'handshake' && again.chainError === null;
    const root = used[0] === 'ca' && missingIssuer(view) !== null ? defaultRoot : null;
    if (view.chainError === null || (!trusted && root === null)) return null;
    return { file, given: given.slice(0, 3), root: trusted ? null : root };
  },
  message: ({ root }) =>
    'The roots given as `ca` replace the default ones (and NODE_EXTRA_CA_CERTS), ' +
    (root === null
      ? 'which would trust this chain; those given do not.'
      : `one of which issued this chain: ${printable(root, 80)}. Those given did not.`),
  fixes: (view, { file }) => [
    {
      who: 'client',
      sure: file === null ? 'needs-your-values' : 'certain',
      title: 'add your CA to the default roots instead of replacing them',
      code: addCa(view, file ?? 'ca.pem'),
      condition:
        'rootCertificates are those that come with Node; if the root is in the file of NODE_EXTRA_CA_CERTS, read that file too',
    },
    {
      who: 'client',
      sure: 'likely',
      title:
        'or leave `ca` out, and give your CA as NODE_EXTRA_CA_CERTS (add it to the file, if that is set already)',
    },
  ],
});
