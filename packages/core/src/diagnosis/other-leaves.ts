import { matchName } from '../names/match.ts';
import type { OtherLeaf } from './diagnosis.ts';
import type { Evidence } from './evidence.ts';

/** As many names as a report shows of a certificate that is not the client's own. */
const shown = 3;

/** The leaves that only attempts other than the client's own got, by fingerprint. */
export function otherLeaves({ attempts, certificates, names }: Evidence): Record<string, OtherLeaf> {
  const leaves = attempts.map(({ outcome }) => (outcome.kind === 'handshake' ? outcome.chain[0] : undefined));
  const own = new Set(
    [names.asked.value, names.checked.value, ...attempts.map(({ sent }) => sent)].filter(
      (name) => name !== null,
    ),
  );
  const others: Record<string, OtherLeaf> = {};
  for (const print of leaves) {
    const facts = print === undefined || print === leaves[0] ? undefined : certificates[print];
    if (print === undefined || facts === undefined || print in others) continue;
    const { dns, ip } = facts.names;
    others[print] = {
      subject: facts.subject.text,
      names: [...dns.slice(0, shown), ...ip.slice(0, shown)].slice(0, shown),
      count: dns.length + ip.length,
      matches: [...own].filter((name) => matchName(name, facts.names).matches),
    };
  }
  return others;
}
