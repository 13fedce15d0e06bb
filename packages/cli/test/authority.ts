import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as a server takes them; all PEM. */
export interface Credentials {
  readonly cert: string;
  /** The leaf and every intermediate below the root. */
  readonly chain: string;
  readonly key: string;
}

export interface LeafRequest {
  /** dNSName, or iPAddress for what is an address; `DNS:` before an address makes it a dNSName. */
  readonly names: readonly string[];
  readonly commonName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate authority that lives as long as this process. */
export interface Authority {
  readonly cert: string;
  issue(request: LeafRequest): Promise<Credentials>;
  intermediate(name: string): Promise<Authority>;
}

const day = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Signer {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export async function createRoot(name = 'Test Root'): Promise<Authority> {
  const keys = await createKeys();
  const own = { name, keys };
  return authority(own, await certifyAuthority(own, own), '');
}

/** A leaf signed with its own key. */
export async function selfSigned(request: LeafRequest): Promise<Credentials> {
  const keys = await createKeys();
  const name = request.commonName ?? 'self';
  const cert = await certifyLeaf(request, { name, keys }, { name, keys });
  return { cert, chain: cert, key: await privateKeyPem(keys) };
}

function authority(own: Signer, cert: string, above: string): Authority {
  return {
    cert,
    async issue(request) {
      const keys = await createKeys();
      const leaf = await certifyLeaf(request, { name: request.commonName ?? 'leaf', keys }, own);
      return { cert: leaf, chain: leaf + above, key: await privateKeyPem(keys) };
    },
    async intermediate(name) {
      const below = { name, keys: await createKeys() };
      const made = await certifyAuthority(below, own);
      return authority(below, made, made + above);
    },
  };
}

async function certifyAuthority(subject: Signer, issuer: Signer): Promise<string> {
  return sign(subject, issuer, new Date(Date.now() - day), new Date(Date.now() + 3650 * day), [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    await x509.SubjectKeyIdentifierExtension.create(subject.keys.publicKey),
  ]);
}

async function certifyLeaf(request: LeafRequest, subject: Signer, issuer: Signer): Promise<string> {
  const names = request.names.map((name): x509.JsonGeneralName =>
    name.startsWith('DNS:')
      ? { type: 'dns', value: name.slice(4) }
      : { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name },
  );
  return sign(
    subject,
    issuer,
    request.notBefore ?? new Date(Date.now() - day),
    request.notAfter ?? new Date(Date.now() + 90 * day),
    [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  );
}

async function sign(
  subject: Signer,
  issuer: Signer,
  notBefore: Date,
  notAfter: Date,
  extensions: x509.Extension[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}0`,
    subject: [{ CN: [subject.name] }],
    issuer: [{ CN: [issuer.name] }],
    notBefore,
    notAfter,
    publicKey: subject.keys.publicKey,
    signingKey: issuer.keys.privateKey,
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
