import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, PEM; and who has to be trusted, which is itself where it signed itself. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface Wanted {
  /** dNSName, or iPAddress for what is an address; `DNS:` before an address makes it a dNSName. */
  readonly names?: readonly string[];
  readonly commonName?: string;
  /** None is no extendedKeyUsage; serverAuth alone when not given. */
  readonly usages?: readonly ('serverAuth' | 'clientAuth')[];
  /** It signed itself and may sign others, as `openssl req -x509` has it. */
  readonly isAuthority?: boolean;
}

const day = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A root that lives as long as this process. */
const root = await (async () => {
  const keys = await keysMade();
  const cert = await sign('Test Root', keys, 'Test Root', keys, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ]);
  return { keys, cert };
})();

export const rootCertificate: string = root.cert;

export async function credentials({
  names = [],
  commonName = 'leaf',
  usages = ['serverAuth'],
  isAuthority = false,
}: Wanted): Promise<Credentials> {
  const keys = await keysMade();
  const entries = names.map((name): x509.JsonGeneralName =>
    name.startsWith('DNS:')
      ? { type: 'dns', value: name.slice(4) }
      : { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name },
  );
  const signer = isAuthority ? { name: commonName, keys } : { name: 'Test Root', keys: root.keys };
  const cert = await sign(commonName, keys, signer.name, signer.keys, [
    new x509.BasicConstraintsExtension(isAuthority, undefined, true),
    ...(usages.length === 0
      ? []
      : [new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage]))]),
    ...(entries.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(entries)]),
  ]);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`;
  return { cert, key, ca: isAuthority ? cert : root.cert };
}

async function keysMade(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function sign(
  subject: string,
  keys: webcrypto.CryptoKeyPair,
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
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: algorithm,
    extensions,
  });
  return `${certificate.toString('pem')}\n`;
}
