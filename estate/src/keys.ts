import { webcrypto } from 'node:crypto';

/** P-256 is quick to make; RSA is what half of the servers still have. */
export type KeyType = 'P-256' | 'RSA-2048';

/** A new key pair, and how to sign with it. */
export interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
  readonly signing: { readonly name: string; readonly hash: string };
}

/** Makes a key pair that lives no longer than this process. */
export async function createKeyPair(type: KeyType = 'P-256'): Promise<KeyPair> {
  const hash = 'SHA-256';
  if (type === 'P-256') {
    const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, usages);
    return { ...pair, signing: { name: 'ECDSA', hash } };
  }
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash,
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const pair = await webcrypto.subtle.generateKey(rsa, true, usages);
  return { ...pair, signing: { name: rsa.name, hash } };
}

/** The private key as PKCS #8 in PEM, as servers read it. */
export async function privateKeyPem(pair: KeyPair): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

const usages: webcrypto.KeyUsage[] = ['sign', 'verify'];
