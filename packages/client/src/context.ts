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

/** @throws {AltnameError} `ALTNAME_BAD_OPTION` when OpenSSL refuses the client certificate or its key. */
export function createContext(options: ContextOptions): tls.SecureContext {
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
