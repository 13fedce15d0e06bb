import { X509Certificate, createHash } from 'node:crypto';
import { AltnameError, forbiddenInChain, readCertificate, type Certificate } from '@altname/core';

/** One side of a rotation: what a server presents out of one file. */
export interface Side {
  readonly leaf: Certificate;
  /** The leaf stands first in the file, where servers look for it. */
  readonly leafFirst: boolean;
  /** From the leaf upwards, as far as the file has it; the leaf is the first. */
  readonly path: readonly Certificate[];
  /** The CAs between leaf and root. */
  readonly intermediates: readonly Certificate[];
  /** Null when the file does not have it. */
  readonly root: Certificate | null;
  /** The issuer has to prove at each handshake that it was not revoked (RFC 7633). */
  readonly mustStaple: boolean;
  /** SHA-256 of the SubjectPublicKeyInfo, as clients pin it; null for a key that OpenSSL cannot read. */
  readonly keyPin: string | null;
  /** Names that the CAs in the file have no right to sign for: verifiers refuse the whole certificate (RFC 5280 §6.1). */
  readonly forbidden: readonly string[];
}

/** No chain has more: what goes on beyond is a circle. */
const longestPath = 10;

/**
 * @param bundle the certificates of a file, in its order
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when there is none, or one that cannot be read
 */
export function readSide(bundle: readonly { readonly der: Uint8Array }[]): Side {
  const certificates = bundle.map(({ der }) => readCertificate(der));
  const leaf = certificates.find(({ basicConstraints }) => basicConstraints?.ca !== true) ?? certificates[0];
  if (leaf === undefined) {
    throw new AltnameError('ALTNAME_BAD_CERTIFICATE', 'no certificate; at least one is expected');
  }
  const path = pathFrom(leaf, certificates);
  const top = path.at(-1) ?? leaf;
  const root = top.selfSigned ? top : null;
  return {
    leaf,
    leafFirst: certificates[0] === leaf,
    path,
    intermediates: path.slice(1).filter((certificate) => certificate !== root),
    root,
    mustStaple: hasMustStaple(leaf),
    keyPin: pinOf(leaf),
    forbidden: [
      ...new Set(
        forbiddenInChain(path)
          .filter(({ certificate }) => certificate === 0)
          .map(({ value }) => value),
      ),
    ],
  };
}

function pathFrom(leaf: Certificate, certificates: readonly Certificate[]): Certificate[] {
  const path = [leaf];
  for (let below = leaf; !below.selfSigned && path.length < longestPath;) {
    const issuer = certificates.find((above) => !path.includes(above) && issued(above, below));
    if (issuer === undefined) break;
    path.push(issuer);
    below = issuer;
  }
  return path;
}

function issued(above: Certificate, below: Certificate): boolean {
  if (above.subject.text !== below.issuer.text || above.basicConstraints?.ca !== true) return false;
  try {
    return new X509Certificate(below.der).verify(new X509Certificate(above.der).publicKey);
  } catch {
    // A key or signature that OpenSSL cannot read: the names alone say it.
    return true;
  }
}

/** The extension by its octets: a reader of every extension gives up on a certificate of ten thousand names. */
function hasMustStaple({ der }: Certificate): boolean {
  const octets = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const at = octets.indexOf(tlsFeature);
  if (at === -1) return false;
  const value = octets.subarray(at + tlsFeature.length, at + tlsFeature.length + longestFeatures);
  return value.includes(statusRequest);
}

/** The object identifier 1.3.6.1.5.5.7.1.24 (RFC 7633 §6). */
const tlsFeature = Buffer.from('06082b06010505070118', 'hex');
/** Feature 5, status_request, as an INTEGER (RFC 7633 §4.1). */
const statusRequest = Buffer.from('020105', 'hex');
/** Octets of the rest of the extension, with every feature that there is. */
const longestFeatures = 20;

function pinOf({ der }: Certificate): string | null {
  try {
    const spki = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex');
  } catch {
    return null;
  }
}
