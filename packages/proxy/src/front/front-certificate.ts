import type { ServerContext } from '@altname/certs';
import { readCertificates } from '@altname/core';

/** A certificate that clients are shown. */
export interface FrontCertificate {
  /** The first of its names; empty when it has none. */
  readonly name: string;
  /** SHA-256 of it, in hexadecimal. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

/** Those of a directory, or the one of a pair. @param cert in PEM */
export function frontCertificates(context: ServerContext | null, cert: unknown): readonly FrontCertificate[] {
  if (context !== null) return served(context);
  if (typeof cert !== 'string') return [];
  const [leaf] = readCertificates(cert);
  if (leaf === undefined || leaf.notAfter === null) return [];
  const name = leaf.names.dns[0] ?? leaf.names.ip[0] ?? '';
  return [{ name, fingerprint: fingerprintText(leaf.fingerprints.sha256), notAfter: leaf.notAfter }];
}

/** What is there and chosen for no name is not shown to anyone. */
function served(context: ServerContext): readonly FrontCertificate[] {
  const found = new Map<string, FrontCertificate>();
  for (const each of context.names()) {
    const certificate = context.certificateFor(each);
    if (certificate === null) continue;
    const { names, notAfter } = certificate;
    const fingerprint = fingerprintText(certificate.fingerprint256);
    found.set(fingerprint, { name: names[0] ?? '', fingerprint, notAfter });
  }
  return [...found.values()];
}

function fingerprintText(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}
