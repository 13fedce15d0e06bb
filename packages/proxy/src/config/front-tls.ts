import { createSecureContext } from 'node:tls';
import {
  readClientCertificates,
  type ClientCertificateOptions,
  type ClientCertificates,
} from './client-certificates.ts';
import { fault, readKeys } from './fault.ts';
import { readPem, type PemSource } from './pem.ts';

/** Certificates in front: one, those of a directory by server name, or one for development. */
export type FrontTlsOptions = {
  /** What clients have to show; nothing is asked for when not given. */
  readonly clientCertificates?: ClientCertificateOptions;
} & (
  | { readonly cert: PemSource; readonly key: PemSource; readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' }
  | {
      /** What `serverContext` of `@altname/certs` follows. */
      readonly dir: string;
      /** Whose certificate clients get that send no server name, or an unknown one; they are refused when not given. */
      readonly default?: string;
      readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
    }
  | {
      /** From the CA of `altname cert`; not with `NODE_ENV=production`. */
      readonly development: true;
      /** Beside `localhost`, `127.0.0.1` and `::1`. */
      readonly names?: readonly string[];
    }
);

/** {@link FrontTlsOptions}, read. */
export type FrontTls = { readonly clientCertificates: ClientCertificates | null } & FrontCertificates;

type FrontCertificates =
  | {
      readonly kind: 'pair';
      readonly cert: string;
      readonly key: string;
      readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
    }
  | {
      readonly kind: 'directory';
      readonly dir: string;
      readonly fallback: string | null;
      readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
    }
  | { readonly kind: 'development'; readonly names: readonly string[] };

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readFrontTls(given: unknown): FrontTls {
  const options = readKeys('tls', given, [
    'cert',
    'key',
    'dir',
    'default',
    'development',
    'names',
    'minVersion',
    'clientCertificates',
  ]);
  const { clientCertificates, ...certificates } = options;
  const clients = readClientCertificates(clientCertificates);
  return Object.freeze({ clientCertificates: clients, ...readFrontCertificates(certificates) });
}

function readFrontCertificates(options: Readonly<Record<string, unknown>>): FrontCertificates {
  const { dir, development, cert, key } = options;
  const ways = [dir, development, cert ?? key].filter((way) => way !== undefined);
  if (ways.length !== 1) throw fault('tls', 'one of cert and key, dir, or development is expected');
  const allowed =
    dir !== undefined
      ? ['dir', 'default', 'minVersion']
      : development !== undefined
        ? ['development', 'names']
        : ['cert', 'key', 'minVersion'];
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) throw fault(`tls.${name}`, `it does not go together with ${allowed[0]}`);
  }
  if (development !== undefined) return readDevelopment(development, options['names']);
  const minVersion = readMinVersion(options['minVersion']);
  if (dir !== undefined) return readDirectory(dir, options['default'], minVersion);
  const pair = { cert: readPem('tls.cert', cert), key: readPem('tls.key', key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw fault('tls.cert and tls.key', `OpenSSL refuses them (${(error as Error).message})`, error);
  }
  return { kind: 'pair', ...pair, minVersion };
}

function readDevelopment(development: unknown, names: unknown = []): FrontCertificates {
  if (development !== true) throw fault('tls.development', 'true is expected');
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw fault('tls.names', 'a list of names is expected');
  }
  return { kind: 'development', names: Object.freeze([...names]) };
}

function readDirectory(
  dir: unknown,
  fallback: unknown,
  minVersion: 'TLSv1.2' | 'TLSv1.3',
): FrontCertificates {
  if (typeof dir !== 'string' || dir === '') throw fault('tls.dir', 'the path of a directory is expected');
  if (fallback !== undefined && typeof fallback !== 'string')
    throw fault('tls.default', 'a name is expected');
  return { kind: 'directory', dir, fallback: fallback ?? null, minVersion };
}

function readMinVersion(given: unknown): 'TLSv1.2' | 'TLSv1.3' {
  if (given === undefined) return 'TLSv1.2';
  if (given === 'TLSv1.2' || given === 'TLSv1.3') return given;
  throw fault('tls.minVersion', "'TLSv1.2' or 'TLSv1.3' is expected");
}
