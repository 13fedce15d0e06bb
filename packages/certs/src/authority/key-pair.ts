import { createPublicKey, webcrypto } from 'node:crypto';

/** ECDSA over P-256, or RSA of 2048 bits. */
export type KeyType = 'ecdsa' | 'rsa';

/** A key pair, and how to sign with it. */
export interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
  readonly signing: webcrypto.EcdsaParams | webcrypto.Algorithm;
}

const usages: webcrypto.KeyUsage[] = ['sign', 'verify'];
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const ecdsaSigning = { name: 'ECDSA', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

/** Makes a new key pair. */
export async function createKeyPair(type: KeyType): Promise<KeyPair> {
  const pair = await webcrypto.subtle.generateKey(type === 'rsa' ? rsa : ecdsa, true, usages);
  return { ...pair, signing: type === 'rsa' ? rsa : ecdsaSigning };
}

/** The pair of a private key of P-256, PKCS #8 in PEM. */
export async function readEcdsaKey(pem: string): Promise<KeyPair> {
  const body = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const privateKey = await webcrypto.subtle.importKey('pkcs8', body, ecdsa, true, ['sign']);
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const publicKey = await webcrypto.subtle.importKey('spki', spki, ecdsa, true, ['verify']);
  return { publicKey, privateKey, signing: ecdsaSigning };
}

/** The private key as PKCS #8 in PEM, as servers read it. */
export async function privateKeyPem({ privateKey }: KeyPair): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
