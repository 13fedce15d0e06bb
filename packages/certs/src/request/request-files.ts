import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AltnameError, printable } from '@altname/core';
import { makeDirectory } from '../files/directory.ts';
import { writeFileWhole } from '../files/whole-file.ts';
import type { WantedName } from '../names/wanted-name.ts';
import type { RequestFiles } from './issuance-commands.ts';

/** The files of a request in a directory, named after its first name: `api.example.com.csr`, `.key`, `.crt`. */
export function requestFiles(dir: string, first: WantedName): RequestFiles {
  const stem = first.value.replace(/^\*/, '_wildcard').replaceAll(':', '-');
  return {
    request: join(dir, `${stem}.csr`),
    key: join(dir, `${stem}.key`),
    certificate: join(dir, `${stem}.crt`),
  };
}

/**
 * Writes a request and its new key, the key with mode 0600, each whole or not at all.
 *
 * @param key null when there was a key already, which is left alone
 * @param force replaces what is there
 * @throws {AltnameError} `ALTNAME_FILE_IN_THE_WAY` before anything is written; `ALTNAME_BAD_OPTION` when nothing can be
 */
export async function writeRequestFiles(
  files: RequestFiles,
  { request, key }: { readonly request: string; readonly key: string | null },
  force: boolean,
): Promise<void> {
  const wanted: [file: string, content: string, mode: number][] = [
    ...(key === null ? [] : [[files.key, key, 0o600] as [string, string, number]]),
    [files.request, request, 0o644],
  ];
  try {
    await makeDirectory(dirname(files.request));
    if (!force) for (const [file] of wanted) await assertFree(file);
    for (const [file, content, mode] of wanted) await writeFileWhole(file, content, mode);
  } catch (error) {
    if (error instanceof AltnameError) throw error;
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      `"${printable(files.request, 300)}" cannot be written (${(error as NodeJS.ErrnoException).code}); a directory that can be written is expected`,
      { cause: error },
    );
  }
}

async function assertFree(file: string): Promise<void> {
  const there = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (there === null) return;
  throw new AltnameError(
    'ALTNAME_FILE_IN_THE_WAY',
    `"${printable(file, 300)}" is there already, and is left as it is; another directory is expected (--out DIR), or --force to replace it`,
  );
}
