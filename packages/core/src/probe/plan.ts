import type { Attempt, Outcome, Purpose } from '../diagnosis/evidence.ts';
import { normalServerName } from '../names/server-name.ts';

/** One more attempt to make. */
export interface PlannedAttempt {
  readonly purpose: Purpose;
  readonly address: string;
  readonly sent: string | null;
}

/** What is known beside the client's own attempt. */
export interface Surroundings {
  /** Every address of the host, as `lookup` gives them. */
  readonly addresses: readonly string[];
  /** *asked* as a DNS name; null for an address. */
  readonly asked: string | null;
  readonly cnames: readonly string[];
  /** The user gave `ca`. */
  readonly withCa: boolean;
}

/** Beside the client's own. */
const mostFurtherAttempts = 8;

/**
 * Which attempts may turn into a fact what the client's own attempt left a guess. Pure.
 *
 * | the own attempt                 | further attempts                                                           |
 * |---------------------------------|----------------------------------------------------------------------------|
 * | accepted                        | the other addresses                                                        |
 * | did not come to a ClientHello   | the other addresses                                                        |
 * | brought a certificate           | the chain as sent; the default roots beside `ca`; other server names        |
 * | ended by an alert               | what the server asked for before; other server names                       |
 * | the client refused to begin     | other server names                                                         |
 * | anything else                   | what the port speaks in plain text; other server names                     |
 *
 * Other server names are *asked*, the normal form of *sent*, none at all, and the names *asked* is an alias of, each
 * once, at the address of the own attempt. The other addresses come last, and get the server name of the client.
 */
export function planAttempts(own: Attempt, accepted: boolean, around: Surroundings): PlannedAttempt[] {
  const address = own.address ?? around.addresses[0];
  if (address === undefined) return [];
  const { outcome, sent } = own;
  const others = around.addresses
    .filter((other) => other !== address)
    .map((other): PlannedAttempt => ({ purpose: 'other-address', address: other, sent }));
  if (accepted || beforeTls(outcome)) return others.slice(0, mostFurtherAttempts);

  const plan: PlannedAttempt[] = [];
  if (outcome.kind === 'handshake' || outcome.kind === 'alert') {
    plan.push({ purpose: 'as-sent', address, sent });
  } else if (outcome.kind !== 'client-refused') {
    plan.push({ purpose: 'plain', address, sent: null });
  }
  if (around.withCa && outcome.kind === 'handshake' && outcome.chainError !== null) {
    plan.push({ purpose: 'default-roots', address, sent });
  }
  const tried = new Set<string | null>([sent]);
  const trySent = (purpose: Purpose, name: string | null): void => {
    if (tried.has(name)) return;
    tried.add(name);
    plan.push({ purpose, address, sent: name });
  };
  if (around.asked !== null) trySent('asked-name', around.asked);
  const normal = sent === null ? null : normalServerName(sent);
  if (normal !== null) trySent('normal-name', normal);
  trySent('no-server-name', null);
  for (const alias of around.cnames.slice(0, 2)) trySent('alias-name', alias);
  return [...plan, ...others].slice(0, mostFurtherAttempts);
}

/** It did not come to a ClientHello: no server name can change that. */
function beforeTls(outcome: Outcome): boolean {
  return (
    outcome.kind === 'refused' ||
    outcome.kind === 'unreachable' ||
    outcome.kind === 'starttls-failed' ||
    (outcome.kind === 'timeout' && outcome.during !== 'handshake')
  );
}
