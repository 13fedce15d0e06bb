import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { readCertificate, type Certificate } from '@altname/core';

/** What a certificate of a test is like; whatever is not said is as for most servers. */
export interface Wish {
  /** `IP:` before an address, else dNSName; null for no subjectAltName. */
  readonly names?: readonly string[] | null;
  readonly commonName?: string;
  readonly key?: 'P-256' | 'P-384' | 'RSA' | 'RSA 1024';
  readonly hash?: 'SHA-256' | 'SHA-384' | 'SHA-1';
  /** Days from {@link now}. */
  readonly from?: number;
  readonly to?: number;
  readonly purposes?: readonly string[];
  readonly uses?: number;
  readonly mustStaple?: boolean;
  readonly ca?: boolean;
  /** A domain that is all that may be signed for, of a CA. */
  readonly permitted?: string;
}

/** Whoever signs: a CA of a test. */
export interface Signer {
  readonly certificate: Certificate;
  readonly sign: (wish: Wish, keys?: webcrypto.CryptoKeyPair) => Promise<Certificate>;
  readonly below: (name: string, wish?: Wish) => Promise<Signer>;
}

/** The present of every test, in milliseconds since the epoch. */
export const now: number = Date.UTC(2026, 5, 1);
const day = 86_400_000;

export async function createRoot(name: string): Promise<Signer> {
  const keys = await createKeys('P-256');
  const wish = { ca: true, commonName: name, names: null };
  return signer(name, keys, await certify(wish, keys, name, keys));
}

export async function selfSigned(wish: Wish): Promise<Certificate> {
  const keys = await createKeys(wish.key ?? 'P-256');
  return certify(wish, keys, wish.commonName ?? 'leaf', keys);
}

export async function createKeys(key: Wish['key']): Promise<webcrypto.CryptoKeyPair> {
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: Uint8Array.of(1, 0, 1),
    modulusLength: key === 'RSA 1024' ? 1024 : 2048,
  };
  const ec = { name: 'ECDSA', namedCurve: key ?? 'P-256' };
  return webcrypto.subtle.generateKey(key?.startsWith('RSA') === true ? rsa : ec, true, ['sign', 'verify']);
}

function signer(name: string, keys: webcrypto.CryptoKeyPair, certificate: Certificate): Signer {
  return {
    certificate,
    sign: async (wish, own) => certify(wish, own ?? (await createKeys(wish.key)), name, keys),
    below: async (child, wish = {}) => {
      const own = await createKeys('P-256');
      const made = await certify({ ...wish, ca: true, commonName: child, names: null }, own, name, keys);
      return signer(child, own, made);
    },
  };
}

async function certify(
  wish: Wish,
  subject: webcrypto.CryptoKeyPair,
  issuer: string,
  signing: webcrypto.CryptoKeyPair,
): Promise<Certificate> {
  const { names = ['a.test'], commonName = 'leaf', from = -10, to = 80, ca = false } = wish;
  const { digitalSignature, keyCertSign } = x509.KeyUsageFlags;
  const own = wish.purposes ?? ['1.3.6.1.5.5.7.3.1'];
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(ca, undefined, true),
    new x509.KeyUsagesExtension(wish.uses ?? (ca ? keyCertSign : digitalSignature), true),
    await x509.SubjectKeyIdentifierExtension.create(subject.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey),
  ];
  if (!ca && own.length > 0) extensions.push(new x509.ExtendedKeyUsageExtension([...own]));
  if (names !== null) {
    extensions.push(
      new x509.SubjectAlternativeNameExtension(
        names.map((name) =>
          name.startsWith('IP:') ? { type: 'ip', value: name.slice(3) } : { type: 'dns', value: name },
        ),
      ),
    );
  }
  if (wish.mustStaple === true) {
    extensions.push(new x509.Extension('1.3.6.1.5.5.7.1.24', false, Buffer.from('3003020105', 'hex')));
  }
  if (wish.permitted !== undefined) {
    const domain = Buffer.from(wish.permitted);
    const [a, b, c] = [domain.length, domain.length + 2, domain.length + 4];
    const value = Buffer.concat([Buffer.from([0x30, c + 2, 0xa0, c, 0x30, b, 0x82, a]), domain]);
    extensions.push(new x509.Extension('2.5.29.30', true, value));
  }
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex'),
    subject: `CN=${commonName}`,
    issuer: `CN=${issuer}`,
    notBefore: new Date(now + from * day),
    notAfter: new Date(now + to * day - 1000),
    publicKey: subject.publicKey,
    signingKey: signing.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: wish.hash ?? 'SHA-256' },
    extensions,
  });
  return readCertificate(made.toString('pem'));
}
