import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, bringsTrusted, leafOf, sameLeaf } from '../view.ts';

export const certificatesDifferByAddress: FindingRule = rule({
  code: 'certificates-differ-by-address',
  title: 'The addresses of one name present different certificates',
  find: (view) => {
    const { own, evidence } = view;
    const all = [own, ...attemptsFor(view, 'other-address')].filter(
      (attempt) => leafOf(view, attempt) !== null,
    );
    if (all.every((attempt) => sameLeaf(view, own, attempt))) return null;
    const checked = evidence.names.checked.value;
    const good = all.filter((attempt) => bringsTrusted(view, attempt, checked));
    if (good.length === 0) return null;
    const bad = all.filter((attempt) => !good.includes(attempt));
    return {
      name: checked ?? '',
      good: good.map(({ address }) => address ?? ''),
      bad: bad.map(({ address }) => address ?? ''),
      certificates: new Set(all.map((attempt) => leafOf(view, attempt)?.fingerprints.sha256)).size,
    };
  },
  severity: ({ bad }) => (bad.length > 0 ? 'error' : 'note'),
  message: ({ name, good, bad, certificates }) =>
    bad.length > 0
      ? `Of the addresses of ${printable(name)}, ${good.join(', ')} ${good.length > 1 ? 'present' : 'presents'} a certificate that fits and ${bad.join(', ')} ${bad.length > 1 ? 'do' : 'does'} not: which one a client meets is chance.`
      : `The addresses of ${printable(name)} present ${certificates} different certificates; all of them fit.`,
  fixes: (_view, { bad }) =>
    bad.length === 0
      ? []
      : [
          {
            who: 'server',
            sure: 'certain',
            title: `bring the certificate and its configuration to ${bad.join(', ')} as well`,
          },
          {
            who: 'dns',
            sure: 'likely',
            title: `or take ${bad.join(', ')} out of the name's records until it is right`,
          },
        ],
});
