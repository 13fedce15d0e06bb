import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import {
  attributeValues,
  readDistinguishedName,
  type DistinguishedName,
} from '../certificate/distinguished-name.ts';
import { readPemBlocks } from '../certificate/pem.ts';
import { readStructure } from '../certificate/structure.ts';
import type { TrustStore } from '../diagnosis/evidence.ts';
import { AltnameError } from '../error.ts';
import { printable } from '../names/printable.ts';
import type { ProbeOptions } from './options.ts';

/** What Node calls its stores from 22.15 on. */
type StoreReader = (type: 'default' | 'system' | 'bundled' | 'extra') => string[];

/** The roots of one probe. */
export interface Roots {
  /** As Node's `ca`; undefined for the default roots. */
  readonly ca: string | string[] | undefined;
  readonly store: TrustStore;
}

/**
 * Which roots decide. As in Node, `ca` alone where it is given. Else what this process began with:
 *
 * | said by                                       | roots                                              |
 * |-----------------------------------------------|----------------------------------------------------|
 * | nothing, or `--use-bundled-ca`                | `bundled`                                          |
 * | `--use-openssl-ca`                            | `openssl`: SSL_CERT_FILE, SSL_CERT_DIR, their defaults |
 * | `--use-system-ca`, `NODE_USE_SYSTEM_CA=1`     | `bundled`, `system`                                |
 * | the option `systemCa`                         | the same; in place of `openssl`, which it reads too |
 * | `NODE_EXTRA_CA_CERTS`                         | `extra` beside them, unless it holds no certificate |
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when `ca` holds no certificate, or this Node has no system store.
 */
export function chooseRoots(options: ProbeOptions): Roots {
  if (options.ca !== undefined) {
    const given = subjectsIn(options.ca);
    if (given.length === 0) {
      const where = options.caFile === undefined ? 'ca' : `ca file "${printable(options.caFile)}"`;
      throw new AltnameError(
        'ALTNAME_BAD_OPTION',
        `${where} holds no certificate that can be read: PEM is expected`,
      );
    }
    const store = { given: shown(given), file: options.caFile ?? null, relatedRoot: null };
    return { ca: options.ca, store: { used: ['ca'], ...store } };
  }
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const read = storeReader();
  const openssl = flags.includes('--use-openssl-ca');
  const system =
    read !== null &&
    !openssl &&
    (flags.includes('--use-system-ca') || process.env['NODE_USE_SYSTEM_CA'] === '1');
  const used: TrustStore['used'][number][] = openssl ? ['openssl'] : ['bundled'];
  if (system) used.push('system');
  let ca: string[] | undefined;
  if (options.systemCa === true && !system) {
    if (read === null) {
      throw new AltnameError(
        'ALTNAME_BAD_OPTION',
        `the system store needs Node 22.15 or newer; this is ${process.version}`,
      );
    }
    ca = [...read('default'), ...read('system')];
    used.splice(openssl ? 0 : 1, openssl ? 1 : 0, 'system');
  }
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  // Node itself only warns of a file that it cannot read.
  const extra = subjectsIn(readOrEmpty(file));
  if (extra.length > 0) used.push('extra');
  return { ca, store: { used, given: shown(extra), file: file || null, relatedRoot: null } };
}

/** Words that half of all CAs have in their name. */
const commonWords = new Set(
  'ca,root,authority,certificate,certification,tls,ssl,rsa,ecc,ecdsa,test,global,server,the,of,and,inc,ltd,trust,network,services,secure,g1,g2,g3,g4,g5,intermediate,issuing,sub,local,dev,development,internal,class'.split(
    ',',
  ),
);

/** A root of the store that the missing issuer is likely to be an intermediate of; null when there is none. */
export function relatedRoot(issuer: DistinguishedName, options: ProbeOptions): string | null {
  const organizations = new Set(attributeValues(issuer, 'O').map((value) => value.toLowerCase()));
  const words = tellingWords(issuer);
  for (const root of rootsOf(options)) {
    const sameOrganization = attributeValues(root, 'O').some((value) =>
      organizations.has(value.toLowerCase()),
    );
    if (sameOrganization || [...tellingWords(root)].some((word) => words.has(word))) return root.text;
  }
  return null;
}

function tellingWords(name: DistinguishedName): Set<string> {
  const text = attributeValues(name, 'CN').join(' ').toLowerCase();
  return new Set(
    (text.match(/[a-z0-9]{3,}/g) ?? []).filter((word) => !commonWords.has(word) && !/^\d+$/.test(word)),
  );
}

/** The subjects of the roots that decide, those of the user first. */
function rootsOf(options: ProbeOptions): readonly DistinguishedName[] {
  if (options.ca !== undefined) return subjectsIn(options.ca);
  const read = storeReader();
  const common = read === null ? tls.rootCertificates : read('default');
  const system = options.systemCa === true && read !== null ? read('system') : [];
  const extra = subjectsIn(readOrEmpty(process.env['NODE_EXTRA_CA_CERTS'] ?? ''));
  return [...extra, ...subjectsIn([...common, ...system].join('\n'))];
}

/** The last texts read, by their subjects: many targets in a row have the same roots. */
const known = new Map<string, readonly DistinguishedName[]>();
const mostKnown = 4;

/** The subjects of the certificates in a PEM text, as far as they can be read. */
function subjectsIn(pem: string): readonly DistinguishedName[] {
  const before = known.get(pem);
  if (before !== undefined) return before;
  const subjects = blocksOf(pem).flatMap((der) => {
    try {
      const { start, stop } = readStructure(der).subject;
      return [readDistinguishedName(der.subarray(start, stop))];
    } catch (error) {
      if (error instanceof AltnameError) return [];
      throw error;
    }
  });
  if (known.size >= mostKnown) known.delete([...known.keys()][0] ?? '');
  known.set(pem, subjects);
  return subjects;
}

function blocksOf(pem: string): Uint8Array[] {
  try {
    return readPemBlocks(pem);
  } catch (error) {
    if (error instanceof AltnameError) return [];
    throw error;
  }
}

function shown(subjects: readonly DistinguishedName[]): string[] {
  return subjects.map(({ text }) => printable(text));
}

function readOrEmpty(file: string): string {
  try {
    return file === '' ? '' : readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function storeReader(): StoreReader | null {
  const reader = (tls as unknown as { getCACertificates?: StoreReader }).getCACertificates;
  return reader ?? null;
}
