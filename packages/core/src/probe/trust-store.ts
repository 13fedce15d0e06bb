import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { readCertificates } from '../certificate/certificate.ts';
import { attributeValues, type DistinguishedName } from '../certificate/distinguished-name.ts';
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
 * Which roots decide: `ca` alone where it is given, as in Node; else Node's default with what its environment adds.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when `ca` holds no certificate, or this Node has no system store.
 */
export function chooseRoots(options: ProbeOptions): Roots {
  if (options.ca !== undefined) {
    return {
      ca: options.ca,
      store: {
        used: ['ca'],
        given: subjectsOf(options.ca, options.caFile),
        file: options.caFile ?? null,
        relatedRoot: null,
      },
    };
  }
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const used: TrustStore['used'][number][] = [flags.includes('--use-openssl-ca') ? 'openssl' : 'bundled'];
  let ca: string[] | undefined;
  const systemByNode = flags.includes('--use-system-ca') || process.env['NODE_USE_SYSTEM_CA'] === '1';
  const read = storeReader();
  if (systemByNode && read !== null) used.push('system');
  else if (options.systemCa === true) {
    if (read === null) {
      throw new AltnameError(
        'ALTNAME_BAD_OPTION',
        `the system store needs Node 22.15 or newer; this is ${process.version}`,
      );
    }
    ca = [...read('default'), ...read('system')];
    used.push('system');
  }
  const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (extra !== '') used.push('extra');
  return {
    ca,
    store: { used, given: extra === '' ? [] : subjectsOfFile(extra), file: extra || null, relatedRoot: null },
  };
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
  for (const root of rootNames(options)) {
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

function rootNames(options: ProbeOptions): DistinguishedName[] {
  const extra = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  const given = options.ca ?? (extra === '' ? '' : readOrEmpty(extra));
  const pems = options.ca === undefined ? [given, ...tls.rootCertificates] : [given];
  return pems.flatMap((pem) => {
    try {
      return pem === '' ? [] : readCertificates(pem).map((certificate) => certificate.subject);
    } catch {
      return [];
    }
  });
}

function subjectsOf(pem: string, file: string | undefined): string[] {
  try {
    return readCertificates(pem).map((certificate) => printable(certificate.subject.text));
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    const where = file === undefined ? 'ca' : `ca file "${printable(file)}"`;
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      `${where} holds no certificate that can be read: PEM is expected`,
      {
        cause: error,
      },
    );
  }
}

function subjectsOfFile(file: string): string[] {
  try {
    return readCertificates(readOrEmpty(file)).map((certificate) => printable(certificate.subject.text));
  } catch {
    // Node itself only warns about a NODE_EXTRA_CA_CERTS that it cannot read.
    return [];
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function storeReader(): StoreReader | null {
  const reader = (tls as unknown as { getCACertificates?: StoreReader }).getCACertificates;
  return reader ?? null;
}
