import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const checkedDefaultedToLocalhost: FindingRule = rule({
  code: 'checked-defaulted-to-localhost',
  severity: 'error',
  title: 'The name checked fell back to localhost',
  find: ({ evidence, verdict }) => {
    const { checked, asked, dialled } = evidence.names;
    if (checked.from !== 'default-localhost' || asked.value === 'localhost') return null;
    return { asked: asked.value ?? dialled.host, accepted: verdict === 'accepted' };
  },
  message: ({ asked, accepted }) =>
    `The client gave Node neither a server name nor a host for ${printable(asked)}, so Node checked “localhost”` +
    (accepted ? ': any trusted certificate for localhost would do.' : ', which nobody asked for.'),
  fixes: (view, { asked }) => {
    const fixes = expectName(view, asked, 'likely');
    return fixes.length > 0
      ? fixes
      : [
          {
            who: 'client',
            sure: 'needs-your-values',
            title: `give ${clientOf(view).title} the name to expect (servername); an address alone is checked as localhost`,
          },
        ];
  },
});
