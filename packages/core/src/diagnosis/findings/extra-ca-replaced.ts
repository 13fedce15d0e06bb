import { addCa } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor } from '../view.ts';

export const extraCaReplaced: FindingRule = rule({
  code: 'extra-ca-replaced',
  severity: 'error',
  title: 'The ca option replaced the roots that would do',
  find: (view) => {
    const again = attemptsFor(view, 'default-roots')[0]?.outcome;
    if (view.chainError === null || again?.kind !== 'handshake' || again.chainError !== null) return null;
    return { file: view.evidence.trust.file, given: view.evidence.trust.given.slice(0, 3) };
  },
  message: () =>
    'The roots given as `ca` replace the default ones (and NODE_EXTRA_CA_CERTS), which would trust this chain; those given do not.',
  fixes: (view, { file }) => [
    {
      who: 'client',
      sure: 'certain',
      title: 'add your CA to the default roots instead of replacing them',
      code: addCa(view, file ?? 'ca.pem'),
    },
    { who: 'client', sure: 'likely', title: 'or leave `ca` out, and give your CA as NODE_EXTRA_CA_CERTS' },
  ],
});
