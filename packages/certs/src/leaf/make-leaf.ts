import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AltnameError, printable, readCertificates } from '@altname/core';
import type { Authority } from '../authority/authority.ts';
import type { KeyType } from '../authority/key-pair.ts';
import { makeDirectory } from '../files/directory.ts';
import { locked } from '../files/lock.ts';
import { writeFileWhole } from '../files/whole-file.ts';
import { distinct, parseWantedName, type WantedName } from '../names/wanted-name.ts';
import { issueLeaf, usualDays, type Leaf } from './issue-leaf.ts';
import { directoryOf, leafFiles, type Layout, type LeafFiles } from './layout.ts';
import { toPkcs12 } from './pkcs12.ts';
import { readRecord, removeRecord, sha256, writeRecord, type LeafRecord } from './record.ts';

export interface MakeLeafOptions {
  /** Where the files go; a directory of their own below that of the CA when not given. */
  readonly out?: string;
  readonly layout?: Layout;
  readonly days?: number;
  readonly key?: KeyType;
  readonly pkcs12?: boolean;
  /** Writes over files that altname did not make. */
  readonly force?: boolean;
  /** Makes a new one though the one that is there is good. */
  readonly renew?: boolean;
}

/** What {@link makeLeaf} has done. */
export interface MadeLeaf {
  readonly files: LeafFiles;
  readonly names: readonly WantedName[];
  readonly notAfter: Date;
  /** The one that was there has the same names, and more than a third of its days left. */
  readonly reused: boolean;
}

/**
 * Makes the files of a certificate for servers, or finds those of an earlier call good. Each file is written whole or
 * not at all, the key first, and never over a file that altname did not make or that was changed since.
 *
 * @throws {AltnameError} `ALTNAME_FILE_IN_THE_WAY`, naming the file; and as {@link issueLeaf}.
 */
export async function makeLeaf(
  authority: Authority,
  wanted: readonly WantedName[],
  options: MakeLeafOptions = {},
): Promise<MadeLeaf> {
  const { layout = 'pair', days = usualDays, key = 'ecdsa' } = options;
  const names = distinct(wanted);
  const dir = options.out ?? directoryOf(authority.dir, names);
  const { certificate } = leafFiles(dir, names, layout, false);
  const plan = async (): Promise<Plan> => {
    const record = await readRecord(authority.dir, certificate);
    // PKCS #12 that was made once is kept in step.
    const pkcs12 = options.pkcs12 === true || record?.pkcs12 === true;
    const values = names.map(({ value }) => value);
    return {
      record,
      files: leafFiles(dir, names, layout, pkcs12),
      asked: { certificate, names: values, dir, layout, key, days, pkcs12 },
    };
  };
  const good = async ({ record, files, asked }: Plan): Promise<MadeLeaf | null> => {
    if (options.renew === true || record === null || !isAsked(record, asked)) return null;
    const notAfter = await goodUntil(authority, files, record);
    return notAfter === null ? null : { files, names, notAfter, reused: true };
  };
  // What is good needs nothing to be written: the directory of the CA may be one that can only be read.
  const found = await good(await plan());
  if (found !== null) return found;
  return locked(join(authority.dir, 'issued'), sha256(certificate).slice(0, 32), async () => {
    const planned = await plan();
    const meanwhile = await good(planned);
    if (meanwhile !== null) return meanwhile;
    const { record, files, asked } = planned;
    if (options.force !== true) await assertOurs(files, record);
    const leaf = await issueLeaf(authority, names, { days, key });
    await write(authority, files, leaf, { version: 1, ...asked, files: {} });
    return { files, names, notAfter: leaf.notAfter, reused: false };
  });
}

/** What was made before, and what shall be. */
interface Plan {
  readonly record: LeafRecord | null;
  readonly files: LeafFiles;
  readonly asked: Omit<LeafRecord, 'version' | 'files'>;
}

/** Makes the certificate of a record again, as it was asked for. */
export async function renewLeaf(
  authority: Authority,
  record: LeafRecord,
  options: Pick<MakeLeafOptions, 'renew'> = {},
): Promise<MadeLeaf> {
  const { names, dir: out, layout, key, days, pkcs12 } = record;
  return makeLeaf(authority, names.map(parseWantedName), { out, layout, key, days, pkcs12, ...options });
}

/** Forgets a certificate when all of its files are gone. @returns whether they are */
export async function forgetLeaf(authority: Authority, record: LeafRecord): Promise<boolean> {
  const there = await Promise.all(
    Object.keys(record.files).map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (there.includes(true)) return false;
  await removeRecord(authority.dir, record);
  return true;
}

async function write(authority: Authority, files: LeafFiles, leaf: Leaf, record: LeafRecord): Promise<void> {
  const contents: [file: string, content: string | Uint8Array, mode: number][] = [
    [files.key, leaf.key, 0o600],
    [files.certificate, leaf.chain, 0o644],
  ];
  if (files.alone !== undefined) contents.push([files.alone, leaf.certificate, 0o644]);
  if (files.issuers !== undefined) contents.push([files.issuers, authority.issuer, 0o644]);
  if (files.pkcs12 !== undefined) contents.push([files.pkcs12, await toPkcs12(authority, leaf), 0o600]);
  // Noted before they are written, beside what was there: what a crash leaves half done is ours still.
  const known = (await readRecord(authority.dir, files.certificate))?.files ?? {};
  const noted = Object.fromEntries(
    contents.map(([file, content]) => [file, [sha256(content), ...(known[file] ?? [])].slice(0, 2)]),
  );
  try {
    await writeRecord(authority.dir, { ...record, files: noted });
    await makeDirectory(record.dir);
    for (const [file, content, mode] of contents) await writeFileWhole(file, content, mode);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      `"${printable(path ?? record.dir, 300)}" cannot be written (${code}); a directory for the certificate is expected`,
      { cause: error },
    );
  }
}

async function assertOurs(files: LeafFiles, record: LeafRecord | null): Promise<void> {
  for (const file of Object.values(files) as string[]) {
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw inTheWay(file, `it cannot be read (${error.code})`, error);
    });
    if (content === null || record?.files[file]?.includes(sha256(content)) === true) continue;
    throw inTheWay(
      file,
      record?.files[file] === undefined ? 'altname did not make it' : 'it was changed since',
    );
  }
}

function isAsked(record: LeafRecord, asked: Omit<LeafRecord, 'version' | 'files'>): boolean {
  const set = (names: readonly string[]): string => names.toSorted().join();
  return (
    set(record.names) === set(asked.names) &&
    record.layout === asked.layout &&
    record.key === asked.key &&
    record.days === asked.days &&
    record.pkcs12 === asked.pkcs12
  );
}

/** The end of a certificate that is whole, from this CA, and has more than a third of its days left; else null. */
async function goodUntil(authority: Authority, files: LeafFiles, record: LeafRecord): Promise<Date | null> {
  try {
    for (const file of Object.values(files) as string[]) {
      if (record.files[file]?.[0] !== sha256(await readFile(file))) return null;
    }
    const [leaf, issuer] = readCertificates(await readFile(files.certificate));
    if (issuer?.pem.trim() !== authority.issuer.trim()) return null;
    const { notBefore, notAfter } = leaf ?? { notBefore: null, notAfter: null };
    if (notBefore === null || notAfter === null || notBefore.getTime() > Date.now()) return null;
    const left = (notAfter.getTime() - Date.now()) / (notAfter.getTime() - notBefore.getTime());
    return left > 1 / 3 ? notAfter : null;
  } catch {
    return null;
  }
}

function inTheWay(file: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_FILE_IN_THE_WAY',
    `"${printable(file, 300)}" is in the way: ${why}; --force writes over it`,
    cause === undefined ? undefined : { cause },
  );
}
