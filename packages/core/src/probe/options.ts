import type { ClientName } from '../diagnosis/evidence.ts';

/** The STARTTLS protocols that `probe` speaks before TLS. */
export const startTlsProtocols = [
  'smtp',
  'lmtp',
  'imap',
  'pop3',
  'ftp',
  'sieve',
  'nntp',
  'xmpp',
  'ldap',
  'postgres',
  'mysql',
] as const;

/** One of {@link startTlsProtocols}. */
export type StartTls = (typeof startTlsProtocols)[number];

/** What `probe` and `check` take beside the target. Every field is optional; the defaults are those of Node. */
export interface ProbeOptions {
  /** Dial this `host:port` instead of what the target says; sent, checked and host stay those of the target. */
  readonly connect?: string;
  /** The server name to send and check, as Node's `servername`. `false` sends none. */
  readonly servername?: string | false;
  /** The name to check instead of the one that is sent, as a `checkServerIdentity` of one's own would. */
  readonly name?: string;
  /** The Host header the client sends. */
  readonly hostHeader?: string;
  /** Root certificates as PEM; as Node's `ca`, they replace the default roots. */
  readonly ca?: string;
  /** Add the operating system's roots to Node's, as `--use-system-ca`; needs Node 22.15 or newer. */
  readonly systemCa?: boolean;
  /** Where `ca` was read from, for the report. */
  readonly caFile?: string;
  readonly starttls?: StartTls;
  readonly client?: ClientName;
  /** Begin each connection with a header of the PROXY protocol, which tells of no client (`UNKNOWN`, `LOCAL`). */
  readonly proxyProtocol?: 'v1' | 'v2';
  /** 4 or 6: only addresses of that family. */
  readonly family?: 4 | 6;
  /** Milliseconds for everything together; 10,000 when not given. */
  readonly timeout?: number;
  /** Ask these DNS servers (`address` or `address:port`) instead of the system. */
  readonly dnsServers?: readonly string[];
  /** Search domains to try with `dnsServers`, as `search` in resolv.conf. */
  readonly searchDomains?: readonly string[];
  /** Names with fewer dots are tried with `searchDomains` first, as `ndots` in resolv.conf; 1 when not given. */
  readonly ndots?: number;
  /** Lowest and highest TLS version, as Node's `minVersion` and `maxVersion`. */
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  /** Other hosts this run pins the same `servername` for. */
  readonly servernameAlsoFor?: readonly string[];
  /** Stops everything at once; `probe` then rejects with the reason. */
  readonly signal?: AbortSignal;
}
