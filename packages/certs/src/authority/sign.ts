import { randomBytes } from 'node:crypto';
import * as x509 from '../x509.ts';
import type { KeyPair } from './key-pair.ts';

/** Whose certificate, by whom, how long, with what. */
interface ToBeSigned {
  /** Nothing for an empty subject: the names alone say whose it is (RFC 5280 §4.1.2.6). */
  readonly subject: x509.JsonName;
  readonly issuer: x509.JsonName;
  readonly keys: KeyPair;
  readonly signer: KeyPair;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly x509.Extension[];
}

/** A certificate with a serial number of 127 random bits (RFC 5280 §4.1.2.2: positive, 20 octets at most). */
export async function sign(wanted: ToBeSigned): Promise<x509.X509Certificate> {
  const { subject, issuer, keys, signer, notBefore, notAfter, extensions } = wanted;
  const serial = randomBytes(16);
  // The first bit is that of the sign; the next keeps the number from beginning with zeros.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject,
    issuer,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.signing,
    extensions: [...extensions, await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey)],
  });
}

/** PEM, with a line end at its end. */
export function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
