import { posix } from 'node:path';
import type { TextFile } from '../text-file.ts';
import { configuredName } from './configured-name.ts';
import type { GeneratedSecret } from './kustomize.ts';
import { mayBeSame, nearest, objectText, type KubernetesObject } from './kubernetes-object.ts';
import type { ReachableFiles } from './reachable-files.ts';
import { leafOf, type ServerCertificate } from './server-certificate.ts';
import type { YamlValue } from './yaml-value.ts';

/** A Secret of a tree that has a certificate, or will. */
export interface CertificateSecret {
  readonly name: string;
  readonly namespace: string | null;
  readonly file: TextFile;
  /** Null where it cannot be known: a placeholder, another kind of name. */
  readonly certificate: ServerCertificate | null;
  /** The certificate may be presented by a server, as far as it says itself. */
  readonly isServers: boolean;
  /** The cert-manager Certificate that it is of. */
  readonly madeBy: KubernetesObject | null;
}

/** The certificates of Secrets, of cert-manager's Certificates, and of what Kustomize makes. */
export function certificateSecrets(
  objects: readonly KubernetesObject[],
  generated: readonly GeneratedSecret[],
  reachable: ReachableFiles,
): readonly CertificateSecret[] {
  return [
    ...objects.flatMap((object) => {
      if (object.kind === 'Secret') return ofSecret(object);
      return object.kind === 'Certificate' && object.apiVersion.startsWith('cert-manager.io/')
        ? ofCertificate(object)
        : [];
    }),
    ...generated.map(({ name, namespace, path, file }) => {
      const octets = reachable.read(reachable.absolute(path));
      return { name, namespace, file, madeBy: null, ...ofOctets(octets, posix.basename(path), path) };
    }),
  ];
}

/**
 * The certificates of the Secret of a name, as one object means it; none where it is not in the tree, or where one that
 * may be meant cannot be known.
 */
export function certificatesOf(
  name: string,
  namespace: string | null,
  user: KubernetesObject,
  secrets: readonly CertificateSecret[],
): readonly ServerCertificate[] {
  const found = nearest(
    secrets.filter((secret) => secret.name === name && mayBeSame(secret.namespace, namespace)),
    user,
  );
  const certificates = found.flatMap(({ certificate }) => certificate ?? []);
  return certificates.length === found.length ? certificates : [];
}

/** The certificate of a text, PEM or its base64, that an object has in itself. */
export function inlineCertificate(text: string, where: string): ServerCertificate | null {
  const octets = Buffer.from(text, text.includes('-----BEGIN') ? 'latin1' : 'base64');
  return ofOctets(octets, 'tls.crt', where).certificate;
}

/** The first certificate of a caBundle where it is no authority: then the server presents that very one. */
export function serverInBundle(base64: string, where: string): ServerCertificate | null {
  const { certificate, isServers } = ofOctets(Buffer.from(base64, 'base64'), 'tls.crt', where);
  return isServers ? certificate : null;
}

function ofSecret(object: KubernetesObject): readonly CertificateSecret[] {
  const { name, namespace, file, value } = object;
  const encoded = value.at('data', 'tls.crt')?.text ?? null;
  const plain = value.at('stringData', 'tls.crt')?.text ?? null;
  if (encoded === null && plain === null) return [];
  const octets = plain === null ? Buffer.from(encoded ?? '', 'base64') : Buffer.from(plain, 'latin1');
  const where = `of ${objectText(object)} (${file.path})`;
  return [{ name, namespace, file, madeBy: null, ...ofOctets(octets, `${name}.crt`, where) }];
}

function ofOctets(
  octets: Buffer | null,
  name: string,
  where: string,
): Pick<CertificateSecret, 'certificate' | 'isServers'> {
  const leaf = octets === null ? null : leafOf(name, octets, true);
  if (octets === null || leaf === null) return { certificate: null, isServers: false };
  return {
    certificate: { where, names: leaf.certificate.names, madeFrom: null },
    isServers: leafOf(name, octets, false) !== null,
  };
}

/** The names that a Certificate of cert-manager asks for are those that it will have. */
function ofCertificate(object: KubernetesObject): readonly CertificateSecret[] {
  const { namespace, file, value } = object;
  const spec = value.get('spec');
  const name = spec?.get('secretName')?.text ?? '';
  if (spec === undefined || name === '') return [];
  const usages = textsOf(spec.get('usages'));
  const isServers =
    spec.get('isCA')?.text !== 'true' &&
    (usages.includes('server auth') || !usages.includes('client auth')) &&
    !/client/i.test(`${name} ${object.name}`);
  const dns = textsOf(spec.get('dnsNames'));
  const ip = textsOf(spec.get('ipAddresses')).map((each) => configuredName(each)?.value ?? '');
  const isKnown =
    dns.length + ip.length > 0 &&
    dns.every((each) => configuredName(each)?.kind === 'dns' && !/[A-Z]{4}/.test(each)) &&
    !ip.includes('');
  const commonName = spec.get('commonName')?.text;
  const certificate = {
    where: `by ${objectText(object)} (${file.path})`,
    names: {
      san: 'present',
      dns,
      ip,
      others: [],
      commonNames: typeof commonName === 'string' ? [commonName] : [],
    },
    madeFrom: `${objectText(object)} (${file.path})`,
  } as const;
  return [{ name, namespace, file, madeBy: object, certificate: isKnown ? certificate : null, isServers }];
}

function textsOf(value: YamlValue | undefined): readonly string[] {
  return (value?.items ?? []).flatMap(({ text }) => text ?? []);
}
