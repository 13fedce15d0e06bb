import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { der, sequence } from './der.ts';
import { createKeyPair, privateKeyPem, type KeyPair, type KeyType } from './keys.ts';
import { entryFor, generalNames, ipOctets, type SanEntry } from './san.ts';

/** A subject or issuer, by attribute. */
interface Subject {
  readonly CN?: string;
  readonly O?: string;
  readonly OU?: string;
  readonly C?: string;
}

/** What a CA may issue for: DNS names, and addresses as `address/prefix length`. */
interface Constraints {
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}

export interface AuthorityOptions {
  /** The common name when there is no `subject`. */
  readonly name: string;
  readonly subject?: Subject;
  readonly constraints?: Constraints;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly key?: KeyType;
}

/** What a certificate shall say. Everything that can be wrong on a real one can be asked for. */
export interface CertificateRequest {
  /** Names put in as a careful issuer would: dNSName or iPAddress, by what `parseIdentifier` says. */
  readonly names?: readonly string[];
  /** Entries as they shall stand there, after `names`. */
  readonly san?: readonly SanEntry[];
  /** The octets of the whole subjectAltName, in place of `names` and `san`. */
  readonly sanOctets?: Uint8Array;
  /** A second subjectAltName extension. */
  readonly secondSan?: readonly SanEntry[];
  /** The CN of the first name when not given. */
  readonly subject?: Subject;
  /** Yesterday when not given. */
  readonly notBefore?: Date;
  /** In 90 days when not given. */
  readonly notAfter?: Date;
  readonly key?: KeyType;
  /** `serverAuth` when not given. */
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** Where the issuer's certificate can be had. */
  readonly caIssuers?: string;
  /** Octets of a comment extension that nobody reads, to make the certificate large. */
  readonly ballast?: number;
}

/** A certificate and its key, as a server takes them. */
export interface Credentials {
  /** The leaf alone, PEM. */
  readonly cert: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  /** The leaf and every intermediate below the root, PEM: what a server should send. */
  readonly chain: string;
}

/** A certificate authority that lives as long as this process. */
export interface Authority {
  readonly name: string;
  /** Its own certificate, PEM. */
  readonly cert: string;
  issue(request: CertificateRequest): Promise<Credentials>;
  /** An authority below this one. */
  intermediate(options: AuthorityOptions & Pick<CertificateRequest, 'ballast'>): Promise<Authority>;
}

/** Makes a root. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const keys = await createKeyPair(options.key);
  const subject = nameOf(options.subject ?? { CN: options.name });
  const certificate = await authorityCertificate(options, subject, keys, { subject, keys });
  return authority(options.name, subject, keys, certificate, '');
}

/** A certificate signed with its own key, and no authority: what `openssl req -x509` makes. */
export async function selfSigned(request: CertificateRequest): Promise<Credentials> {
  const keys = await createKeyPair(request.key);
  const subject = nameOf(subjectOf(request));
  const certificate = await sign(subject, keys, { subject, keys }, request, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    ...sanExtensions(request),
    ...ballast(request.ballast),
  ]);
  return { cert: pem(certificate), key: await privateKeyPem(keys), chain: pem(certificate) };
}

interface Signer {
  readonly subject: x509.JsonName;
  readonly keys: KeyPair;
}

function authority(
  name: string,
  subject: x509.JsonName,
  keys: KeyPair,
  certificate: x509.X509Certificate,
  chain: string,
): Authority {
  const signer = { subject, keys };
  return {
    name,
    cert: pem(certificate),
    async issue(request) {
      const own = await createKeyPair(request.key);
      const leaf = await sign(nameOf(subjectOf(request)), own, signer, request, [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[request.usage ?? 'serverAuth']]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...(request.caIssuers === undefined
          ? []
          : [new x509.AuthorityInfoAccessExtension({ caIssuers: request.caIssuers })]),
        ...sanExtensions(request),
        ...ballast(request.ballast),
      ]);
      return { cert: pem(leaf), key: await privateKeyPem(own), chain: pem(leaf) + chain };
    },
    async intermediate(options) {
      const own = await createKeyPair(options.key);
      const below = nameOf(options.subject ?? { CN: options.name });
      const made = await authorityCertificate(options, below, own, signer);
      return authority(options.name, below, own, made, pem(made) + chain);
    },
  };
}

async function authorityCertificate(
  options: AuthorityOptions & Pick<CertificateRequest, 'ballast'>,
  subject: x509.JsonName,
  keys: KeyPair,
  signer: Signer,
): Promise<x509.X509Certificate> {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return sign(
    subject,
    keys,
    signer,
    { notBefore: daysFromNow(-1000), notAfter: daysFromNow(3650), ...options },
    [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(options.constraints === undefined ? [] : [nameConstraints(options.constraints)]),
      ...ballast(options.ballast),
    ],
  );
}

function sign(
  subject: x509.JsonName,
  keys: KeyPair,
  signer: Signer,
  {
    notBefore = daysFromNow(-1),
    notAfter = daysFromNow(90),
  }: Pick<CertificateRequest, 'notBefore' | 'notAfter'>,
  extensions: x509.Extension[],
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}0`,
    subject,
    issuer: signer.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signer.keys.signing,
    extensions,
  });
}

function sanExtensions(request: CertificateRequest): x509.Extension[] {
  const entries = [...(request.names ?? []).map(entryFor), ...(request.san ?? [])];
  const octets = request.sanOctets ?? (entries.length === 0 ? null : generalNames(entries));
  const found = octets === null ? [] : [octets];
  if (request.secondSan !== undefined) found.push(generalNames(request.secondSan));
  return found.map((content) => new x509.Extension('2.5.29.17', false, content));
}

/** RFC 5280 §4.2.1.10: permitted [0] and excluded [1] subtrees, critical. */
function nameConstraints({ permitted = [], excluded = [] }: Constraints): x509.Extension {
  const lists = [
    [0xa0, permitted],
    [0xa1, excluded],
  ] as const;
  const content = lists
    .filter(([, names]) => names.length > 0)
    .map(([tag, names]) => der(tag, ...names.map((name) => sequence(subtree(name)))));
  return new x509.Extension('2.5.29.30', true, sequence(...content));
}

function subtree(name: string): Buffer {
  const [base = '', prefix] = name.split('/');
  if (prefix === undefined) return der(0x82, Buffer.from(name));
  const address = ipOctets(base);
  const mask = address.map((_, i) => 0xff00 >> Math.min(8, Math.max(0, Number(prefix) - 8 * i)));
  return der(0x87, address, mask);
}

/** A nsComment (2.16.840.1.113730.1.13) of so many octets. */
function ballast(octets: number | undefined): x509.Extension[] {
  if (octets === undefined) return [];
  return [new x509.Extension('2.16.840.1.113730.1.13', false, der(0x16, Buffer.alloc(octets, 'x')))];
}

function subjectOf({ subject, names }: CertificateRequest): Subject {
  return subject ?? (names?.[0] === undefined ? {} : { CN: names[0] });
}

/** Every attribute given as a value, never as text to be parsed: control characters stay what they are. */
function nameOf(subject: Subject): x509.JsonName {
  return Object.entries(subject).map(([type, value]) => ({ [type]: [value as string] }));
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

/** A moment so many days from now; certificates know whole seconds. */
export function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * 86_400_000);
}
