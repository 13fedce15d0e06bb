import { createPrivateKey, createPublicKey, webcrypto, type KeyObject } from 'node:crypto';
import { AltnameError } from '@altname/core';
import type { KeyPair } from '../authority/key-pair.ts';

/**
 * The pair of an existing private key, PEM in any form that OpenSSL reads without a passphrase: EC over P-256, P-384 or
 * P-521, or RSA of 2048 to 8192 bits.
 *
 * @param file its name, for errors
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the file and nothing of what is in it
 */
export async function readRequestKey(pem: string, file: string): Promise<KeyPair> {
  if (/ENCRYPTED/.test(pem)) {
    throw bad(
      file,
      'is protected by a passphrase; one without is expected, as openssl pkey -in KEY -out NEW writes it',
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw bad(file, 'is no private key in PEM', error);
  }
  const { algorithm, hash } = algorithmOf(key, file);
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']);
  const publicKey = await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
  return { privateKey, publicKey, signing: { name: algorithm.name, hash } };
}

/** Curves by their name in OpenSSL, and the hash as strong as each (RFC 5480 §4). */
const curves: Readonly<Record<string, readonly [curve: string, hash: string]>> = {
  prime256v1: ['P-256', 'SHA-256'],
  secp384r1: ['P-384', 'SHA-384'],
  secp521r1: ['P-521', 'SHA-512'],
};

interface Usable {
  readonly algorithm: webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams;
  readonly hash: string;
}

function algorithmOf(key: KeyObject, file: string): Usable {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    const [curve, hash] = curves[namedCurve] ?? [];
    if (curve !== undefined && hash !== undefined) {
      return { algorithm: { name: 'ECDSA', namedCurve: curve }, hash };
    }
    throw bad(file, `is over the curve ${namedCurve}; P-256, P-384 or P-521 is expected`);
  }
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength >= 2048 && modulusLength <= 8192) {
      return { algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, hash: 'SHA-256' };
    }
    throw bad(file, `has ${modulusLength} bits; 2048 to 8192 are expected of an RSA key`);
  }
  throw bad(
    file,
    `is a key of type ${key.asymmetricKeyType}, which no public CA takes; EC or RSA is expected`,
  );
}

function bad(file: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `the key "${file}" ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
