import { createHash } from 'node:crypto';
import tls from 'node:tls';
import { AltnameError } from '@altname/core';
import { readTrusted } from './ca-bundle.ts';
import { defaultRoots } from './certificates.ts';
import type { LooseOptions } from './connection-options.ts';

/** Whom to trust, who the client is, which versions: what `tls.createSecureContext` takes. Holds the private key. */
export interface ContextOptions {
  readonly ca?: string[];
  readonly allowPartialTrustChain?: boolean;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly minVersion?: tls.SecureVersion;
}

/**
 * Reads the options that make a TLS context. `ca` is added to the default roots, unless `roots` says otherwise.
 *
 * @param pinned the one certificate to trust, in place of any root
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option.
 */
export function contextOptions(given: LooseOptions, pinned?: string): ContextOptions {
  const { cert, key, passphrase, minVersion } = given;
  return {
    ...(pinned === undefined ? trusted(given) : { ca: [pinned], allowPartialTrustChain: true }),
    ...(cert === undefined ? {} : { cert: pemText(cert), key: pemText(key) }),
    ...(passphrase === undefined ? {} : { passphrase: passphrase as string }),
    ...(minVersion === undefined ? {} : { minVersion: minVersion as tls.SecureVersion }),
  };
}

/**
 * The context for these options. What is alike shares one while it is in use: Node's roots alone take 20 ms to be read
 * into each, in which a server that is reloaded answers nobody.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when OpenSSL refuses the client certificate or its key.
 */
export function createContext(options: ContextOptions): tls.SecureContext {
  // Without roots of its own a context is made in no time, and takes those that Node has then.
  if (options.ca === undefined) return makeContext(options);
  const key = createHash('sha256').update(JSON.stringify(options)).digest('base64url');
  const found = inUse.get(key)?.deref();
  if (found !== undefined) return found;
  const made = makeContext(options);
  inUse.set(key, new WeakRef(made));
  unused.register(made, key);
  return made;
}

const inUse = new Map<string, WeakRef<tls.SecureContext>>();
const unused = new FinalizationRegistry((key: string) => {
  if (inUse.get(key)?.deref() === undefined) inUse.delete(key);
});

function makeContext(options: ContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    const { message } = error as Error;
    throw new AltnameError('ALTNAME_BAD_OPTION', `cert and key: OpenSSL refuses them (${message})`, {
      cause: error,
    });
  }
}

function trusted({ ca, roots }: LooseOptions): ContextOptions {
  if (ca === undefined) return {};
  const added = readTrusted('ca', ca);
  return { ca: [...new Set([...(roots === 'only-ca' ? [] : defaultRoots()), ...added])] };
}

function pemText(given: unknown): string | Buffer {
  return typeof given === 'string' ? given : Buffer.from(given as Uint8Array);
}
