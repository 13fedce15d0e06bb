import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** The kinds of key that certificates of the tests have. */
export type TestKey = 'EC' | 'P-384' | 'RSA' | 'Ed25519';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** RSA keys are made once and shared: making one takes long. */
  readonly key?: TestKey;
  /** Days from now; yesterday unless told. */
  readonly from?: number;
  /** Days from now; in 90 days unless told. */
  readonly to?: number;
  /** A certificate for this key instead of one of its own; it has to be of the kind that is asked for. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Common name of the subject: what tells certificates apart in tests. */
  readonly subject?: string;
}

/** A root and an intermediate, which signs. */
export interface TestAuthority {
  readonly root: string;
  readonly intermediate: string;
  issue(names: readonly string[], options?: IssueOptions): Promise<Issued>;
}

const day = 86_400_000;
const algorithms = {
  EC: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  Ed25519: { name: 'Ed25519' },
} as const;

export async function createAuthority(): Promise<TestAuthority> {
  const [rootKeys, signer] = await Promise.all([makeKeys('EC'), makeKeys('EC')]);
  const ca = (): x509.Extension[] => [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
  const root = await sign('Root', rootKeys.publicKey, 'Root', rootKeys, ca(), -2, 365);
  const intermediate = await sign('Intermediate', signer.publicKey, 'Root', rootKeys, ca(), -2, 365);
  return {
    root,
    intermediate,
    async issue(names, { key = 'EC', from = -1, to = 90, keys, subject = names[0] ?? 'nobody' } = {}) {
      const own = keys ?? (key === 'RSA' ? await (rsaKeys ??= makeKeys('RSA')) : await makeKeys(key));
      const alternatives = names.map((value) => ({
        type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
        value,
      }));
      const extensions: x509.Extension[] = [new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth])];
      if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(alternatives));
      const cert = await sign(subject, own.publicKey, 'Intermediate', signer, extensions, from, to);
      return { cert: cert + intermediate, key: privateKeyPem(own) };
    },
  };
}

export function makeKeys(kind: TestKey): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithms[kind], true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

let rsaKeys: Promise<webcrypto.CryptoKeyPair> | undefined;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

async function sign(
  subject: string,
  publicKey: webcrypto.CryptoKey,
  issuer: string,
  signer: webcrypto.CryptoKeyPair,
  extensions: x509.Extension[],
  from: number,
  to: number,
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}0`,
    subject: [{ CN: [subject] }],
    issuer: [{ CN: [issuer] }],
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: algorithms.EC,
    extensions,
  });
  return `${certificate.toString('pem')}\n`;
}

function privateKeyPem(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
}
