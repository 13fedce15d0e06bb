import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as a server takes them; both PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives as long as this process. */
export interface Authority {
  readonly cert: string;
  /** A leaf for names: dNSName, or iPAddress for what is an address. */
  issue(names: readonly string[], subject?: string): Promise<Credentials>;
}

const day = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export async function createRoot(name = 'Preload Root'): Promise<Authority> {
  const keys = await createKeys();
  const root = await sign(name, keys.publicKey, name, keys, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ]);
  return {
    cert: root,
    async issue(names, subject = 'leaf') {
      const own = await createKeys();
      const cert = await sign(subject, own.publicKey, name, keys, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value })),
        ),
      ]);
      return { cert, key: await privateKeyPem(own) };
    },
  };
}

async function sign(
  subject: string,
  publicKey: webcrypto.CryptoKey,
  issuer: string,
  signer: webcrypto.CryptoKeyPair,
  extensions: x509.Extension[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}0`,
    subject: [{ CN: [subject] }],
    issuer: [{ CN: [issuer] }],
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 90 * day),
    publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: algorithm,
    extensions,
  });
  return `${certificate.toString('pem')}\n`;
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`;
}
