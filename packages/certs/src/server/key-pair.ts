import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { PresentedNames } from '@altname/core';
import { publicKeyOctets } from './leaf-places.ts';
import type { KeyKind } from './key-slot.ts';
import type { Leaf, PemContent, PemFault, PrivateKey } from './pem-file.ts';

/** A certificate with its key. Never changed: what comes new is another one. */
export interface KeyPair {
  /** The file of the certificate. */
  readonly file: string;
  readonly leaf: Leaf;
  readonly names: PresentedNames;
  readonly kind: KeyKind;
  readonly key: PrivateKey;
}

/**
 * Finds the key of each certificate in a folder, by public key. File names only say where to look first:
 *
 * | certificate          | key                                                                  |
 * |----------------------|----------------------------------------------------------------------|
 * | `X.pem` `X.crt`      | the same file, `X-key.pem`, `X.key`, `X.key.pem`, `X.pem.key`        |
 * | `fullchain.pem` `cert.pem` | `privkey.pem` (certbot)                                        |
 * | `tls.crt`            | `tls.key` (Kubernetes)                                               |
 * | any                  | else any file of the folder with the key that belongs to it          |
 */
export class Pairing {
  readonly #contents: ReadonlyMap<string, PemContent>;
  /** For each folder, its keys by public key; made when a name did not lead to the key. */
  readonly #keys = new Map<string, ReadonlyMap<string, PrivateKey>>();

  /** @param contents what the files hold, by path */
  constructor(contents: ReadonlyMap<string, PemContent>) {
    this.#contents = contents;
  }

  /**
   * The pair of a certificate; or what is wrong with it; or null when there is nothing to serve and nothing to tell: a
   * CA without a key, or a key file whose own fault is told anyway.
   *
   * @param prior the pair that this file made before: the same objects are not compared again
   */
  pair(file: string, leaf: Leaf, prior: KeyPair | undefined): KeyPair | PemFault | null {
    const { kind } = leaf;
    if (kind === null) return { code: 'unusable', text: 'has a kind of key that TLS does not use' };
    let faulty = false;
    let stranger: string | null = null;
    for (const path of keyFiles(file)) {
      const content = this.#contents.get(path);
      if (content === undefined) continue;
      if (content.fault !== null) faulty = true;
      if (content.key === null) continue;
      if (prior?.leaf === leaf && prior.key === content.key) return prior;
      if (belongs(content.key, leaf)) return pairOf(file, leaf, kind, content.key);
      stranger ??= path;
    }
    const key = this.#keysOf(dirname(file)).get(leaf.publicKeyInfo.toString('base64'));
    if (key !== undefined) {
      return prior?.leaf === leaf && prior.key === key ? prior : pairOf(file, leaf, kind, key);
    }
    if (faulty) return null;
    if (stranger !== null) return { code: 'no-key', text: `has another key than ${basename(stranger)}` };
    if (leaf.certificate.basicConstraints?.ca === true) return null;
    return { code: 'no-key', text: 'has no key: none in its folder belongs to it' };
  }

  #keysOf(folder: string): ReadonlyMap<string, PrivateKey> {
    const known = this.#keys.get(folder);
    if (known !== undefined) return known;
    const keys = new Map<string, PrivateKey>();
    for (const [path, { key }] of this.#contents) {
      if (key !== null && dirname(path) === folder) {
        const info = publicKeyOf(key);
        if (info !== null) keys.set(info, key);
      }
    }
    this.#keys.set(folder, keys);
    return keys;
  }
}

function pairOf(file: string, leaf: Leaf, kind: KeyKind, key: PrivateKey): KeyPair {
  return { file, leaf, names: leaf.certificate.names, kind, key };
}

function keyFiles(file: string): string[] {
  const name = basename(file);
  const stem = name.replace(/\.(?:pem|crt|cer|cert)$/i, '');
  const names = [name, `${stem}-key.pem`, `${stem}.key`, `${stem}.key.pem`, `${name}.key`];
  if (stem === 'fullchain' || stem === 'cert') names.push('privkey.pem');
  return names.map((each) => join(dirname(file), each));
}

/**
 * A private key of RSA holds its modulus, one of EC nearly always its point: that is found without OpenSSL, whose
 * decoders take a millisecond each on Node 20. What is not found is asked of OpenSSL.
 */
function belongs(key: PrivateKey, { certificate, publicKeyInfo, kind }: Leaf): boolean {
  const rsa = kind?.slot === 'RSA' || kind?.slot === 'RSA-PSS';
  const der = Buffer.from(key.pem.replace(/-----[^-]*-----/g, ''), 'base64');
  if (der.includes(publicKeyOctets(publicKeyInfo, rsa))) return true;
  try {
    return new X509Certificate(certificate.der).checkPrivateKey(createPrivateKey(key.pem));
  } catch {
    return false;
  }
}

const publicKeys = new WeakMap<PrivateKey, string | null>();

function publicKeyOf(key: PrivateKey): string | null {
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  let info: string | null = null;
  try {
    info = createPublicKey(createPrivateKey(key.pem))
      .export({ type: 'spki', format: 'der' })
      .toString('base64');
  } catch {
    // No key that OpenSSL reads belongs to any certificate.
  }
  publicKeys.set(key, info);
  return info;
}
