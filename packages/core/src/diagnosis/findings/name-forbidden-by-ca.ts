import { forbiddenInChain } from '../../certificate/forbidden-names.ts';
import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const nameForbiddenByCa: FindingRule = rule({
  code: 'name-forbidden-by-ca',
  title: 'A CA of the chain may not issue for a name on the certificate',
  find: (view) => {
    const path = view.path.length >= view.chain.length ? view.path : view.chain;
    const first = forbiddenInChain(path)[0];
    const ca = first === undefined ? undefined : path[first.ca];
    if (first === undefined || ca === undefined) return null;
    const { nameConstraints } = ca;
    const limits =
      nameConstraints === null || nameConstraints === 'malformed' ? [] : nameConstraints.permitted;
    return {
      ca: ca.subject.text,
      readable: nameConstraints !== 'malformed',
      name: first.value,
      excluded: first.excludedBy,
      permitted: limits
        .filter(({ kind }) => kind === 'dns')
        .slice(0, 5)
        .map(({ value }) => value),
    };
  },
  severity: (_data, { chainError }) => (chainError === null ? 'warning' : 'error'),
  message: ({ ca, readable, name, excluded, permitted }) =>
    readable
      ? `The certificate carries ${printable(name, 80)}, but its CA ${printable(ca, 80)} ${
          excluded === null
            ? `may issue only for ${permitted.length === 0 ? 'others' : permitted.map((each) => printable(each, 60)).join(', ')}`
            : 'is forbidden to issue for it'
        } (name constraints, RFC 5280 §4.2.1.10).`
      : `The name constraints of the CA ${printable(ca, 80)} cannot be read, so it may issue for nothing.`,
  fixes: (_view, { name }) => [
    {
      who: 'issuer',
      sure: 'certain',
      title: `issue it from a CA that may issue for ${printable(name, 80)}, or without that name`,
    },
  ],
});
