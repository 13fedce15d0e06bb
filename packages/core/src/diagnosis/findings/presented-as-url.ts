import { hostOfHeader } from '../../names/host-header.ts';
import { readIdentifier } from '../../names/identifier.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

/** A certificate with more entries than this is not searched beyond them. */
const mostEntries = 1000;

export const presentedAsUrl: FindingRule = rule({
  code: 'presented-as-url',
  severity: 'error',
  title: 'The name stands on the certificate as a URL, or with a port',
  find: ({ reference, leaf, match }) => {
    if (reference === null || leaf === null || match?.matches !== false) return null;
    const { dns, others } = leaf.names;
    const uris = others.filter(({ type }) => type === 'uri').map(({ value }) => value);
    for (const [list, kind] of [
      [dns, 'DNS'],
      [uris, 'URI'],
    ] as const) {
      const wrong = list.slice(0, mostEntries).find((value) => {
        if (value === reference.value) return false;
        const read = readIdentifier(hostOf(value));
        return typeof read !== 'string' && hostOf(value) !== value && read.value === reference.value;
      });
      if (wrong !== undefined) return { name: reference.value, presented: wrong, kind };
    }
    return null;
  },
  message: ({ name, presented, kind }) =>
    `The certificate carries ${kind}:${printable(presented, 80)}; a name counts only as a bare ${
      name.includes(':') ? 'address' : 'host name'
    }, without scheme, port or path, in a DNS or IP entry.`,
  fixes: (_view, { name }) => [issueFor([name])],
});

/** The host of something that was written as a URL, with a port, or with spaces around it. */
function hostOf(entry: string): string {
  const authority = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/?#@]*@)?([^/?#]*)/i.exec(entry.trim())?.[1] ?? '';
  return hostOfHeader(authority);
}
