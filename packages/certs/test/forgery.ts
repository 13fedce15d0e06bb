import 'reflect-metadata';
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Authority } from '@altname/certs';

/** What a thief makes with the key of a CA: the chain to present, and the key to present it with. */
export interface Forged {
  readonly chain: string;
  readonly key: string;
}

interface Wanted {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly email?: readonly string[];
  readonly commonName?: string;
  readonly usage?: keyof typeof x509.ExtendedKeyUsage;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const signing = { name: 'ECDSA', hash: 'SHA-256' };

/** Somebody who has read everything in the directory of a CA, its key as well. */
export class Thief {
  readonly #authority: Authority;

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  /** A leaf, signed with the stolen key. */
  async leaf(wanted: Wanted): Promise<Forged> {
    const issuer = new x509.X509Certificate(this.#authority.issuer);
    const { certificate, key } = await make(wanted, issuer.subjectName.toJSON(), await this.#key());
    return { chain: certificate + this.#authority.issuer, key };
  }

  /** A CA of the thief's own below the issuer, without constraints, and a leaf below that. */
  async leafBelowOwnAuthority(wanted: Wanted): Promise<Forged> {
    const issuer = new x509.X509Certificate(this.#authority.issuer);
    const below = await make({ commonName: 'below' }, issuer.subjectName.toJSON(), await this.#key(), true);
    const { certificate, key } = await make(wanted, [{ CN: ['below'] }], below.keys);
    return { chain: certificate + below.certificate + this.#authority.issuer, key };
  }

  /** A CA below the issuer that has its name: self-issued, which constraints pass over (RFC 5280 §6.1.4 (b)). */
  async leafBelowNamesake(wanted: Wanted): Promise<Forged> {
    const subject = new x509.X509Certificate(this.#authority.issuer).subjectName.toJSON();
    const keys = (await webcrypto.subtle.generateKey(ecdsa, true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair;
    const below = await make({}, subject, await this.#key(), true, { subject, keys });
    const { certificate, key } = await make(wanted, subject, keys);
    return { chain: certificate + below.certificate + this.#authority.issuer, key };
  }

  /** The issuer once more, without its constraints, signed with its own key as it has no other. */
  async leafBelowCopiedIssuer(wanted: Wanted): Promise<Forged> {
    const { subjectName } = new x509.X509Certificate(this.#authority.issuer);
    const stolen = await this.#key();
    const copy = await make({}, subjectName.toJSON(), stolen, true, {
      subject: subjectName.toJSON(),
      keys: stolen,
    });
    const { certificate, key } = await make(wanted, subjectName.toJSON(), stolen);
    return { chain: certificate + copy.certificate, key };
  }

  async #key(): Promise<webcrypto.CryptoKeyPair> {
    const pem = this.#authority.issuerKey;
    const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return {
      privateKey: await webcrypto.subtle.importKey('pkcs8', der, ecdsa, true, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, ecdsa, true, ['verify']),
    };
  }
}

async function make(
  { dns = [], ip = [], email = [], commonName, usage = 'serverAuth' }: Wanted,
  issuer: x509.JsonName,
  signer: webcrypto.CryptoKeyPair,
  isAuthority = false,
  own: { subject: x509.JsonName; keys: webcrypto.CryptoKeyPair } | null = null,
): Promise<{ certificate: string; key: string; keys: webcrypto.CryptoKeyPair }> {
  const keys =
    own?.keys ??
    ((await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair);
  const names = [
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...ip.map((value) => ({ type: 'ip', value }) as const),
    ...email.map((value) => ({ type: 'email', value }) as const),
  ];
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}0`,
    subject: own?.subject ?? (commonName === undefined ? [] : [{ CN: [commonName] }]),
    issuer,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 30 * 86_400_000),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      new x509.KeyUsagesExtension(isAuthority ? keyCertSign : digitalSignature, true),
      ...(isAuthority ? [] : [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]])]),
      ...(names.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(names, commonName === undefined)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: String(key), keys };
}
