import type { ClientName, PlainProtocol } from '../evidence.ts';
import type { View } from '../view.ts';

/** What a port speaks instead of TLS. */
export interface Plain {
  readonly speaks: PlainProtocol | null;
  readonly sample: string;
}

/** What answered in plain text; null when nothing did, TLS did, or the client spoke that protocol to it already. */
export function plainProtocol({ own, evidence }: View): Plain | null {
  if (own.outcome.kind === 'handshake') return null;
  const outcomes = evidence.attempts.map(({ outcome }) => outcome);
  const known = outcomes.find((outcome) => outcome.kind === 'not-tls' && outcome.speaks !== null);
  const any = known ?? outcomes.find((outcome) => outcome.kind === 'not-tls');
  if (any?.kind !== 'not-tls') return null;
  const { starttls, client, app } = evidence;
  // A program that got no TLS saw no more than that; what its client library speaks is what the port is for.
  const meant = app === undefined || client === null ? undefined : protocolsOfClients[client];
  const speaks = any.speaks ?? meant ?? null;
  const spoken = starttls !== null && (speaks === starttls || (speaks === 'smtp' && starttls === 'lmtp'));
  return spoken ? null : { speaks, sample: any.sample };
}

/** Clients of one protocol that is in plain text first, or altogether, where it is not TLS. */
const protocolsOfClients: Readonly<Partial<Record<ClientName, PlainProtocol>>> = {
  nodemailer: 'smtp',
  imapflow: 'imap',
  'basic-ftp': 'ftp',
  ioredis: 'redis',
  'ioredis-cluster': 'redis',
  redis: 'redis',
};

/** Protocols that begin in plain text and change to TLS on a command. */
export const startTlsProtocols: ReadonlySet<PlainProtocol | null> = new Set([
  'smtp',
  'lmtp',
  'imap',
  'pop3',
  'ftp',
  'sieve',
  'nntp',
  'mysql',
  'postgres',
  'ldap',
  'xmpp',
]);

/** As people write it. */
export const protocolTitles: Readonly<Record<PlainProtocol, string>> = {
  http: 'HTTP',
  smtp: 'SMTP',
  lmtp: 'LMTP',
  imap: 'IMAP',
  pop3: 'POP3',
  ftp: 'FTP',
  sieve: 'ManageSieve',
  nntp: 'NNTP',
  ssh: 'SSH',
  mysql: 'MySQL',
  postgres: 'PostgreSQL',
  ldap: 'LDAP',
  xmpp: 'XMPP',
  redis: 'Redis',
};
