import { AltnameError } from '@altname/core';
import { createKeyPair, privateKeyPem, type KeyType } from '../authority/key-pair.ts';
import { distinct, type WantedName } from '../names/wanted-name.ts';
import { readRequestKey } from './request-key.ts';

export interface SigningRequestOptions {
  /** Of a new key: `ecdsa` (P-256) when not given, or `rsa` (2048 bits). */
  readonly keyType?: KeyType;
  /** An existing key to use instead, PEM without a passphrase, and the name of its file for errors. */
  readonly existingKey?: { readonly pem: string; readonly file: string };
}

/** A request for a certificate, PEM. */
export interface SigningRequest {
  /** PKCS #10 (RFC 2986). */
  readonly request: string;
  /** The new key, PKCS #8; null when there was one. */
  readonly key: string | null;
  readonly names: readonly WantedName[];
}

/**
 * Makes a signing request with exactly these names, each in its kind of subjectAltName, in an extensionRequest
 * (RFC 2985 §5.4.2). The subject is empty: a common name is no name (RFC 9525 §2), and a CA that wants one takes it
 * from the others.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for no name or over 2000, or a key that cannot be used
 */
export async function makeSigningRequest(
  wanted: readonly WantedName[],
  options: SigningRequestOptions = {},
): Promise<SigningRequest> {
  const { keyType = 'ecdsa', existingKey } = options;
  const names = distinct(wanted);
  if (names.length === 0 || names.length > mostNames) {
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      `names: 1 to ${mostNames} are expected, and ${names.length} are given; public CAs take 100 or fewer`,
    );
  }
  const keys =
    existingKey === undefined
      ? await createKeyPair(keyType)
      : await readRequestKey(existingKey.pem, existingKey.file);
  const [x509, { subjectAltName }] = await loaded();
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    keys: { publicKey: keys.publicKey, privateKey: keys.privateKey },
    signingAlgorithm: keys.signing,
    extensions: [subjectAltName(names, false)],
  });
  const request = `${made.toString('pem').trimEnd()}\n`;
  await assertReadsBack(request, names);
  return { request, key: existingKey === undefined ? await privateKeyPem(keys) : null, names };
}

/** What makes a request is loaded where one is made. */
async function loaded(): Promise<
  [typeof import('../x509.ts'), typeof import('../names/subject-alt-name.ts')]
> {
  return Promise.all([import('../x509.ts'), import('../names/subject-alt-name.ts')]);
}

/** On one request: more than any CA takes. */
const mostNames = 2000;

/** The very text that is handed out verifies, and asks for these names and no other. */
async function assertReadsBack(request: string, names: readonly WantedName[]): Promise<void> {
  const [x509, { subjectAltName }] = await loaded();
  const read = new x509.Pkcs10CertificateRequest(request);
  const [extension, ...more] = read.extensions;
  const carried = Buffer.from(extension?.rawData ?? new ArrayBuffer(0));
  const exact = more.length === 0 && carried.equals(Buffer.from(subjectAltName(names, false).rawData));
  if (!exact || !(await read.verify())) {
    throw new Error('the request made is not the one that was asked for');
  }
}
