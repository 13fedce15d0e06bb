import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import { readCertificate, type Certificate, type PresentedNames } from '@altname/core';

/** A certificate that a server of the tree presents, or will. */
export interface ServerCertificate {
  /** Where it is, in words: `certs/db.crt`, `Secret shop/web-tls (deploy/tls.yaml)`. */
  readonly where: string;
  readonly names: PresentedNames;
  /** What of the tree it is made from by cert-manager, where names are added; null for one that is made anew. */
  readonly madeFrom: string | null;
}

/** The certificate of a file that a server may present, and how sure that is. */
export interface LeafFile {
  readonly certificate: Certificate;
  /** The octets of the file: a key may stand beside the certificate. */
  readonly octets: Buffer;
  /** It can be no client's: it may not be, or its name says what it is. */
  readonly isSurelyServers: boolean;
}

const looksLikePem = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;

/**
 * The first certificate of a file, PEM or DER, where a server may present it:
 *
 * | the certificate                                    | a server's                                              |
 * |----------------------------------------------------|---------------------------------------------------------|
 * | extendedKeyUsage without serverAuth                | no                                                      |
 * | its file is called `client`                        | no                                                      |
 * | it may sign others (basicConstraints)              | only where a setting names it, and it signed itself: as `openssl req -x509` makes them |
 * | its file is called `ca` or `root`, and it may sign | no                                                      |
 *
 * @param isNamed whether a setting of a server names the file
 */
export function leafOf(path: string, octets: Buffer, isNamed: boolean): LeafFile | null {
  const certificate = certificateOf(octets);
  const name = basename(path);
  if (certificate === null || isClients(name)) return null;
  const { extendedKeyUsage, basicConstraints } = certificate;
  const usages = extendedKeyUsage ?? [];
  if (usages.length > 0 && !usages.includes('serverAuth') && !usages.includes('anyExtendedKeyUsage')) {
    return null;
  }
  if (basicConstraints?.ca === true) {
    if (!isNamed || !certificate.selfSigned || /(?:^|[^a-z])(?:ca|root)(?:[^a-z]|$)/i.test(name)) return null;
  }
  const isServersAlone = usages.includes('serverAuth') && !usages.includes('clientAuth');
  return { certificate, octets, isSurelyServers: isServersAlone || /server/i.test(name) };
}

/** Whether a file of this name may hold a certificate or a key. */
export function mayHoldCertificate(path: string): boolean {
  return /\.(?:pem|crt|cer|cert|der|key)$|(?:^|[/\\])(?:cert|tls|server|fullchain|privkey)[^./\\]*$/i.test(
    path,
  );
}

/** The private keys of a file; none where they are encrypted. */
export function keysOf(octets: Buffer): readonly KeyObject[] {
  if (octets.length > 64 << 10) return [];
  const text = octets.toString('latin1');
  const found: KeyObject[] = [];
  for (const [pem] of text.matchAll(
    /-----BEGIN (?:[A-Z]{2,3} )?PRIVATE KEY-----[^-]*-----END (?:[A-Z]{2,3} )?PRIVATE KEY-----/g,
  )) {
    try {
      found.push(createPrivateKey(pem));
    } catch {
      // Damaged, or of a kind that this Node does not know.
    }
  }
  return found;
}

export function hasKey({ certificate }: LeafFile, keys: readonly KeyObject[]): boolean {
  try {
    const read = new X509Certificate(certificate.der);
    return keys.some((key) => read.checkPrivateKey(key));
  } catch {
    return false;
  }
}

function certificateOf(octets: Buffer): Certificate | null {
  if (octets[0] !== 0x30 && !looksLikePem.test(octets.toString('latin1'))) return null;
  try {
    return readCertificate(octets);
  } catch {
    return null;
  }
}

function isClients(name: string): boolean {
  return /client/i.test(name) && !/server/i.test(name);
}
