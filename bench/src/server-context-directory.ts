import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A directory of certificates, and what clients trust. */
export interface CertificateDirectory {
  readonly dir: string;
  readonly root: string;
  /** Names of the certificates; wildcards with their `*`. */
  readonly names: readonly (readonly string[])[];
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;
const dates = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 90 * day) };

/**
 * Fills a directory with `sN.pem` and `sN.key`: two names each, or a wildcard each tenth, and one intermediate in every
 * file. They share one key pair, which is what making them would take longest for; each is read from its own file.
 */
export async function fillDirectory(dir: string, count: number): Promise<CertificateDirectory> {
  mkdirSync(dir);
  const [rootKeys, signer, own] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
  const key = KeyObject.from(own.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
  const root = await sign(1, 'Root', rootKeys.publicKey, 'Root', rootKeys, ca());
  const intermediate = await sign(2, 'Intermediate', signer.publicKey, 'Root', rootKeys, ca());
  const names: string[][] = [];
  for (let i = 0; i < count; i++) {
    const presented = i % 10 === 9 ? [`*.w${i}.example.com`] : [`s${i}.example.com`, `www.s${i}.example.com`];
    const cert = await sign(i + 3, presented[0] ?? '', own.publicKey, 'Intermediate', signer, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension(presented.map((value) => ({ type: 'dns', value }))),
    ]);
    writeFileSync(join(dir, `s${i}.pem`), `${cert}\n${intermediate}\n`);
    writeFileSync(join(dir, `s${i}.key`), key);
    names.push(presented);
  }
  return { dir, root, names };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

function ca(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
}

async function sign(
  serial: number,
  subject: string,
  publicKey: webcrypto.CryptoKey,
  issuer: string,
  signer: webcrypto.CryptoKeyPair,
  extensions: x509.Extension[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: serial.toString(16).padStart(4, '0'),
    subject: [{ CN: [subject] }],
    issuer: [{ CN: [issuer] }],
    publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: algorithm,
    extensions,
  });
  return certificate.toString('pem');
}
