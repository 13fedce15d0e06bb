import { closeSync, openSync, readSync } from 'node:fs';
import { readCertificate, readCertificates, type Certificate } from '@altname/core';
import { keyKind, type KeyKind } from './key-slot.ts';
import { findLeafPlaces } from './leaf-places.ts';
import { messageOf, type ServerProblemCode } from './server-problem.ts';

/** The first certificate of a file, and what stands after it. */
export interface Leaf {
  readonly certificate: Certificate;
  /** The other certificates of the file, as PEM; empty when it stands alone. */
  readonly chain: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKeyInfo: Buffer;
  readonly kind: KeyKind | null;
}

/** A private key that is not encrypted. */
export interface PrivateKey {
  readonly pem: string;
}

/** What a file holds. A file that is whole but holds neither (parameters, requests) is empty, and no problem. */
export interface PemContent {
  readonly leaf: Leaf | null;
  readonly key: PrivateKey | null;
  readonly fault: PemFault | null;
}

export interface PemFault {
  readonly code: ServerProblemCode;
  /** What is wrong, to be read after the name of the file. */
  readonly text: string;
}

/** No file that is read here is larger: 1 MiB. */
const largestFile = 1024 * 1024;

/**
 * Reads a file and tells what it holds. What cannot be read, or is not whole, is a fault, never an exception.
 *
 * @param size octets that it had a moment ago; what it has grown since is not read
 */
export function readPemFile(path: string, size: number): PemContent {
  let octets: Buffer;
  try {
    octets = readBounded(path, size);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return faulty('unreadable', `cannot be read: ${code ?? messageOf(error)}`);
  }
  if (octets.length > largestFile) return faulty('unreadable', 'is over 1 MiB');
  return octets[0] === 0x30 ? readDer(octets) : readText(octets.toString('latin1'));
}

/**
 * What follows the first certificate is the same text in every file of one issuer: it is validated and kept once. Kept
 * apart from what is served, so forgetting it costs time and memory, nothing else.
 */
const chains = new Map<string, string>();
const mostChains = 1000;

function readText(text: string): PemContent {
  const certificates: string[] = [];
  let key: PrivateKey | null = null;
  let found = false;
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1)) {
    const label = /^[A-Z0-9 ]{1,40}(?=-----)/.exec(
      text.slice(at + begin.length, at + begin.length + 45),
    )?.[0];
    const end = `-----END ${label}-----`;
    const stop = text.indexOf(end, at);
    const next = text.indexOf(begin, at + 1);
    if (label === undefined || stop === -1 || (next !== -1 && next < stop)) {
      return faulty('not-a-certificate', 'is cut off: a block of PEM has no end');
    }
    found = true;
    const pem = text.slice(at, stop + end.length);
    if (label.endsWith('CERTIFICATE')) certificates.push(pem);
    else if (label.endsWith('PRIVATE KEY')) {
      if (label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(pem)) {
        return faulty('key-encrypted', 'holds an encrypted key: store it without a passphrase');
      }
      // A copy: a part of a text keeps the whole text in memory.
      key ??= { pem: Buffer.from(pem, 'latin1').toString('latin1') };
    }
  }
  if (!found) return faulty('not-a-certificate', 'holds no PEM');
  const [first, ...rest] = certificates;
  if (first === undefined) return { leaf: null, key, fault: null };
  try {
    return { leaf: leafOf(readCertificate(first), rest), key, fault: null };
  } catch (error) {
    return faulty('not-a-certificate', `holds a certificate that cannot be read: ${messageOf(error)}`);
  }
}

const begin = '-----BEGIN ';

function readDer(octets: Buffer): PemContent {
  try {
    return { leaf: leafOf(readCertificate(Buffer.from(octets)), []), key: null, fault: null };
  } catch (error) {
    return faulty('not-a-certificate', `cannot be read as DER: ${messageOf(error)}`);
  }
}

function leafOf(certificate: Certificate, rest: readonly string[]): Leaf {
  const { notBefore, notAfter, publicKeyInfo } = findLeafPlaces(certificate.der);
  return {
    certificate,
    chain: chainOf(rest),
    notBefore,
    notAfter,
    publicKeyInfo,
    kind: keyKind(publicKeyInfo),
  };
}

function chainOf(rest: readonly string[]): string {
  if (rest.length === 0) return '';
  const text = rest.join('\n');
  const known = chains.get(text);
  if (known !== undefined) return known;
  const chain = readCertificates(text)
    .map(({ pem }) => pem)
    .join('');
  if (chains.size >= mostChains) chains.clear();
  chains.set(text, chain);
  return chain;
}

function faulty(code: ServerProblemCode, text: string): PemContent {
  return { leaf: null, key: null, fault: { code, text } };
}

/** What is read is copied out of here: as text, or as one certificate. */
let scratch: Buffer | undefined;

/** The octets of a file, until the next is read; at most one more than the largest file has. */
function readBounded(path: string, size: number): Buffer {
  scratch ??= Buffer.allocUnsafeSlow(largestFile + 1);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    // Of a file that is too large, one octet too many is enough.
    const wanted = Math.min(size, largestFile + 1);
    for (;;) {
      const read = readSync(file, scratch, length, wanted - length, null);
      length += read;
      if (read === 0 || length >= wanted) return scratch.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
