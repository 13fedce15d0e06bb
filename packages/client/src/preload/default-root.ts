import { X509Certificate } from 'node:crypto';
import { printable, readCertificate } from '@altname/core';
import { defaultRoots } from '../certificates.ts';

/**
 * The default root that signed the end of a chain, as its subject; null when none did, or this Node cannot list them.
 *
 * @param chain DER, leaf first
 */
export function defaultRootOf(chain: readonly Uint8Array[]): string | null {
  const end = chain.at(-1);
  if (end === undefined) return null;
  try {
    const last = new X509Certificate(end);
    const now = Date.now();
    for (const pem of defaultRoots()) {
      const root = new X509Certificate(pem);
      // By name first: to verify a signature costs a hundred times as much.
      if (!last.checkIssued(root) || !last.verify(root.publicKey)) continue;
      if (Date.parse(root.validTo) > now) return printable(readCertificate(pem).subject.text, 200);
    }
  } catch {
    // A certificate that OpenSSL cannot read, or the roots of --use-openssl-ca.
  }
  return null;
}
