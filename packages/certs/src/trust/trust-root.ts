import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AltnameError, printable, readCertificate, type Certificate } from '@altname/core';
import { limitsOf } from '../authority/limits.ts';

/** The roots of a CA as trust stores take them. Made by {@link readTrustRoot}. */
export interface TrustRoot extends StoredRoot {
  /** What the stores of NSS take in its place: see `newAuthority`. */
  readonly browser: StoredRoot;
}

/** A root as a trust store takes it. */
export interface StoredRoot {
  /** Where it lies, absolute. */
  readonly file: string;
  readonly pem: string;
  /** DER in base64, to compare with what a store holds. */
  readonly der: string;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  /** Hexadecimal, upper case: the stores of macOS and Windows go by it. */
  readonly sha1: string;
  /** `altname-` and 16 digits of the fingerprint: its name in every store, of this root alone. */
  readonly name: string;
}

/**
 * Reads the root of the CA in a directory. It may be past its end, and its key may be gone: it must be possible to take
 * it out of the stores.
 *
 * @returns null when there is none
 * @throws {AltnameError} `ALTNAME_BAD_AUTHORITY` for one without critical name constraints: what may sign for any name
 *   is never put into a trust store.
 */
export async function readTrustRoot(dir: string): Promise<TrustRoot | null> {
  const root = await readStored(join(dir, 'ca', 'ca.pem'));
  const browser = root === null ? null : await readStored(join(dir, 'ca', 'browser-ca.pem'));
  if (root === null) return null;
  if (browser === null) throw bad(join(dir, 'ca', 'browser-ca.pem'), 'it is not there');
  return Object.freeze({ ...root, browser });
}

async function readStored(file: string): Promise<StoredRoot | null> {
  let pem;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw bad(file, `it cannot be read (${code})`, error);
  }
  let certificate: Certificate;
  try {
    certificate = readCertificate(pem);
  } catch (error) {
    throw bad(file, 'it is no certificate that can be read', error);
  }
  assertConstrained(file, certificate);
  const der = Buffer.from(certificate.der);
  const sha256 = createHash('sha256').update(der).digest('hex');
  return Object.freeze({
    file,
    pem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    der: der.toString('base64'),
    sha256,
    sha1: createHash('sha1').update(der).digest('hex').toUpperCase(),
    name: `altname-${sha256.slice(0, 16)}`,
  });
}

/** Whether a PEM text, such as a bundle, holds the root. */
export function holds(bundle: string, root: StoredRoot): boolean {
  return bundle.replace(/\s/g, '').includes(root.der);
}

function assertConstrained(file: string, certificate: Certificate): void {
  if (certificate.basicConstraints?.ca !== true) {
    throw bad(file, 'it is no CA; the root of a CA that altname made is expected');
  }
  const { problem } = limitsOf(certificate);
  if (problem !== null) throw bad(file, `${problem}; a root with name constraints is expected`);
}

function bad(file: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_AUTHORITY',
    `the root ${printable(file, 300)}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
