import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Identity } from './authority.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate that says it is for clients, signed by itself: a server that trusts it takes it. */
export function clientCertificate(): Promise<Identity> {
  return selfSigned('proxy', [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]);
}

/** A certificate for servers with names that no CA issues: `names` as DNS names, none for no such extension. */
export function oddCertificate(commonName: string, names: readonly string[]): Promise<Identity> {
  const dns = names.map((value) => ({ type: 'dns' as const, value }));
  const usage = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]);
  return selfSigned(commonName, [
    usage,
    ...(dns.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(dns)]),
  ]);
}

async function selfSigned(commonName: string, extensions: x509.Extension[]): Promise<Identity> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
  return { cert: made.toString('pem'), key };
}
