import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { printable } from '@altname/core';
import { fault } from './fault.ts';

/** PEM as text or octets, or the path of a file of it. */
export type PemSource = string | Uint8Array | { readonly file: string };

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key, and the file. */
export function readPem(key: string, given: unknown): string {
  if (typeof given === 'string' && given.includes('-----BEGIN')) return given;
  if (types.isUint8Array(given)) return Buffer.from(given).toString('latin1');
  const { file } = (given ?? {}) as { file?: unknown };
  if (typeof file !== 'string') throw fault(key, 'PEM as text or octets, or { file }, is expected');
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
    throw fault(`${key} "${printable(file, 200)}"`, why, error);
  }
}
