import type { PlainProtocol } from '../evidence.ts';
import type { View } from '../view.ts';

/** What a port speaks instead of TLS. */
export interface Plain {
  readonly speaks: PlainProtocol | null;
  readonly sample: string;
}

/** What answered in plain text; null when nothing did, or TLS did. */
export function plainProtocol({ own, evidence }: View): Plain | null {
  if (own.outcome.kind === 'handshake') return null;
  const outcomes = evidence.attempts.map(({ outcome }) => outcome);
  const known = outcomes.find((outcome) => outcome.kind === 'not-tls' && outcome.speaks !== null);
  const any = known ?? outcomes.find((outcome) => outcome.kind === 'not-tls');
  return any?.kind === 'not-tls' ? { speaks: any.speaks, sample: any.sample } : null;
}

/** Protocols that begin in plain text and change to TLS on a command. */
export const startTlsProtocols: ReadonlySet<PlainProtocol | null> = new Set([
  'smtp',
  'imap',
  'pop3',
  'ftp',
  'mysql',
  'postgres',
  'ldap',
  'xmpp',
]);
