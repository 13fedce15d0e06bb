import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
type Keys = webcrypto.CryptoKeyPair;

function makeKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<Keys>;
}

let keys: Promise<Keys> | undefined;

/** A leaf as public CAs issue it, for these DNS names: the extensions, the order and the sizes are theirs. */
export async function leafFor(names: readonly string[], serial = 1): Promise<Uint8Array> {
  const pair = await (keys ??= makeKeys());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `03${serial.toString(16).padStart(34, '0')}`,
    subject: `CN=${names[0] ?? 'none'}`,
    issuer: "CN=R11, O=Let's Encrypt, C=US",
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-04-01T00:00:00Z'),
    publicKey: pair.publicKey,
    signingKey: pair.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(pair.publicKey),
      new x509.AuthorityInfoAccessExtension({ caIssuers: ['http://r11.i.example/'] }),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
      new x509.CertificatePolicyExtension(['2.23.140.1.2.1']),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

/** A CA, and a certificate of its for one name, valid now. */
export async function authority(
  name: string,
  issuer = 'CN=altname benchmark CA',
): Promise<{ readonly caPem: string; readonly keyPem: string; readonly certificatePem: string }> {
  const [ca, leaf] = await Promise.all([makeKeys(), makeKeys()]);
  const day = 24 * 60 * 60 * 1000;
  const dates = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 30 * day) };
  const root = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: '01',
    subject: issuer,
    issuer,
    publicKey: ca.publicKey,
    signingKey: ca.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(ca.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...dates,
    serialNumber: '02',
    subject: `CN=${name}`,
    issuer,
    publicKey: leaf.publicKey,
    signingKey: ca.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  });
  return {
    caPem: root.toString('pem'),
    keyPem: KeyObject.from(leaf.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string,
    certificatePem: certificate.toString('pem'),
  };
}
