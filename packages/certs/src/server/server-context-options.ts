import { resolve } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { AltnameError, parseIdentifier, printable } from '@altname/core';
import type { ReloadedCertificates } from './certificate-shelf.ts';
import type { ServerProblem } from './server-problem.ts';

/** What may be set for every handshake. Certificates and keys come from the directory. */
export type TlsSettings = Omit<
  SecureContextOptions,
  | 'cert'
  | 'key'
  | 'pfx'
  | 'passphrase'
  | 'clientCertEngine'
  | 'privateKeyEngine'
  | 'privateKeyIdentifier'
  | 'secureContext'
>;

export interface ServerContextOptions {
  /** The directory of certificates and keys. */
  readonly dir: string;
  /**
   * What clients get that send no server name, or one that no certificate has: `'refuse'` (the default) ends the
   * handshake with an alert; a name gives them the certificate for that name, which has to be there at the start.
   */
  readonly default?: string;
  /** Whether changes in the directory are followed: `true` (the default) by watching it, `'poll'` by looking at it. */
  readonly watch?: boolean | 'poll';
  /** Milliseconds between two looks at the directory where it is not watched; 5,000 unless told, 100 at least. */
  readonly pollEvery?: number;
  /** How many contexts are kept ready; those used last. 1,000 unless told. */
  readonly keep?: number;
  /** What every handshake is made with beside certificate and key: `minVersion`, `ciphers`, `ca` of clients, and so on. */
  readonly tls?: TlsSettings;
  /** Certificates came, went, or were replaced. */
  readonly onReload?: (change: ReloadedCertificates) => unknown;
  /** Something is wrong; each thing is told once, as long as it lasts. A warning of the process unless given. */
  readonly onProblem?: (problem: ServerProblem) => unknown;
}

/** The options, read. */
export interface ReadOptions {
  readonly dir: string;
  /** null to refuse. */
  readonly fallback: string | null;
  readonly watch: boolean | 'poll';
  readonly pollEvery: number;
  readonly keep: number;
  readonly tls: TlsSettings;
  readonly onReload: ServerContextOptions['onReload'];
  readonly onProblem: ServerContextOptions['onProblem'];
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option. */
export function readOptions(options: ServerContextOptions): ReadOptions {
  if (typeof options !== 'object' || options === null) throw bad('an object with dir is expected');
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw bad(`${printable(name)}: no such option; there are ${[...names].join(', ')}`);
  }
  const { dir, watch = true, pollEvery = 5000, keep = 1000, tls = {}, onReload, onProblem } = options;
  if (typeof dir !== 'string' || dir === '') throw bad('dir: the path of a directory is expected');
  if (typeof watch !== 'boolean' && watch !== 'poll') throw bad("watch: true, false or 'poll' is expected");
  checkNumber('pollEvery', pollEvery, 100, 86_400_000, 'milliseconds');
  checkNumber('keep', keep, 1, 1_000_000, 'contexts');
  if (typeof tls !== 'object' || tls === null)
    throw bad('tls: an object with settings of node:tls is expected');
  for (const name of fromDirectory) {
    if (name in tls) throw bad(`tls.${name}: certificates and keys come from dir`);
  }
  for (const [name, callback] of Object.entries({ onReload, onProblem })) {
    if (callback !== undefined && typeof callback !== 'function')
      throw bad(`${name}: a function is expected`);
  }
  const fallback = readDefault(options.default ?? 'refuse');
  // Client certificates are never verified against the public roots, which Node takes when there is no ca.
  return {
    dir: resolve(dir),
    fallback,
    watch,
    pollEvery,
    keep,
    tls: { ca: [], ...tls },
    onReload,
    onProblem,
  };
}

export function bad(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', `serverContext: ${message}`);
}

const names: ReadonlySet<string> = new Set<keyof ServerContextOptions>([
  'dir',
  'default',
  'watch',
  'pollEvery',
  'keep',
  'tls',
  'onReload',
  'onProblem',
]);

const fromDirectory = ['cert', 'key', 'pfx', 'passphrase', 'SNICallback'];

function readDefault(name: unknown): string | null {
  if (name === 'refuse') return null;
  try {
    return parseIdentifier(name as string).value;
  } catch (error) {
    throw bad(`default: 'refuse' or a name is expected: ${(error as Error).message}`);
  }
}

function checkNumber(name: string, value: unknown, least: number, most: number, unit: string): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw bad(`${name}: a whole number of ${unit} from ${least} to ${most} is expected`);
  }
}
