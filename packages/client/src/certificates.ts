import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { types } from 'node:util';
import { AltnameError, printable, readCertificates, type Certificate } from '@altname/core';

/** Certificates in memory: PEM text or octets (DER, too), one or several; or a file of them. */
export type CertificateSource = Pem | readonly Pem[] | { readonly file: string };

/** PEM as text or as octets. */
export type Pem = string | Uint8Array;

/**
 * Reads every certificate of a source.
 *
 * @param option the option or variable, for the message
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when there is none, one cannot be read, or a private key is among them.
 */
export function readCertificateSource(option: string, source: unknown): Certificate[] {
  const file = fileOf(source);
  // Not told: what stands there may be a private key.
  if (file?.includes('-----BEGIN') === true) {
    throw bad(`${option}: file holds PEM itself; the path of a file of certificates is expected`);
  }
  const where = file === null ? option : `${option} "${printable(file, 200)}"`;
  const given = file === null ? [source].flat() : [readFile(where, file)];
  if (given.length === 0) throw bad(`${where}: it is empty; at least one certificate is expected`);
  return given.flatMap((each) => readPem(where, each));
}

/**
 * The roots a client of this process trusts when it is given none, as PEM: those of
 * `tls.getCACertificates('default')` from Node 22.15 on, else the bundled ones and those of NODE_EXTRA_CA_CERTS.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` with `--use-openssl-ca`: no Node can list those roots.
 */
export function defaultRoots(): readonly string[] {
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  if (flags.includes('--use-openssl-ca')) {
    throw bad(
      `ca: Node cannot list the roots of --use-openssl-ca, so nothing can be added to them; use roots: 'only-ca'`,
    );
  }
  const { getCACertificates } = tls as unknown as { getCACertificates?: (store: 'default') => string[] };
  return getCACertificates?.('default') ?? [...tls.rootCertificates, ...extraRoots()];
}

/** What Node 20 reads at its start, and here, too, once; as there, what is no certificate is passed over. */
function extraRoots(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (file !== extra?.file) extra = { file, roots: file === '' ? [] : readRoots(file) };
  return extra.roots;
}

let extra: { readonly file: string; readonly roots: readonly string[] } | null = null;

function readRoots(file: string): readonly string[] {
  try {
    const blocks =
      readFileSync(file, 'latin1').match(
        /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g,
      ) ?? [];
    return blocks.filter(isCertificate);
  } catch {
    return [];
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

/** The file of a source that names one. */
export function fileOf(source: unknown): string | null {
  const isObject = typeof source === 'object' && source !== null;
  if (!isObject || Array.isArray(source) || types.isUint8Array(source)) return null;
  const { file } = source as { file?: unknown };
  return typeof file === 'string' ? file : null;
}

function readFile(where: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    throw new AltnameError('ALTNAME_BAD_OPTION', `${where}: ${why}`, { cause: error });
  }
}

function readPem(where: string, given: unknown): Certificate[] {
  if (typeof given !== 'string' && !types.isUint8Array(given)) {
    throw bad(`${where}: certificates are expected: PEM as text or octets, or { file }`);
  }
  const text = typeof given === 'string' ? given : Buffer.from(given).toString('latin1');
  if (/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/.test(text)) {
    throw bad(`${where}: it holds a private key; certificates alone are expected`);
  }
  try {
    return readCertificates(given);
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    const looksLikePath = typeof given === 'string' && given.length < 300 && !given.includes('\n');
    const hint = looksLikePath ? '; a file is given as { file }' : '';
    throw new AltnameError('ALTNAME_BAD_OPTION', `${where}: ${error.message}${hint}`, { cause: error });
  }
}

function bad(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', message);
}
