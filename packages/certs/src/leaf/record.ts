import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyType } from '../authority/key-pair.ts';
import { makeDirectory } from '../files/directory.ts';
import { writeFileWhole } from '../files/whole-file.ts';
import type { Layout } from './layout.ts';

/** What is remembered of a certificate that was made: enough to make it again. */
export interface LeafRecord {
  readonly version: 1;
  /** The file of the certificate, which a record is kept by. */
  readonly certificate: string;
  readonly names: readonly string[];
  readonly dir: string;
  readonly layout: Layout;
  readonly key: KeyType;
  readonly days: number;
  readonly pkcs12: boolean;
  /** SHA-256 of each file as it was written, and as it was before, by its path: other content is somebody else's. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

/** One file for each certificate, so that two processes never write the same. */
function recordFile(caDir: string, certificateFile: string): string {
  return join(caDir, 'issued', `${sha256(certificateFile).slice(0, 32)}.json`);
}

/** The record of a certificate's file; null when altname did not make it. */
export async function readRecord(caDir: string, certificateFile: string): Promise<LeafRecord | null> {
  return parse(await readFile(recordFile(caDir, certificateFile), 'utf8').catch(() => ''));
}

/** Every record of a CA's directory. */
export async function readRecords(caDir: string): Promise<LeafRecord[]> {
  const folder = join(caDir, 'issued');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const read = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  return read.map(parse).filter((record) => record !== null);
}

export async function writeRecord(caDir: string, record: LeafRecord): Promise<void> {
  await makeDirectory(join(caDir, 'issued'), 0o700);
  await writeFileWhole(recordFile(caDir, record.certificate), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

export async function removeRecord(caDir: string, { certificate }: LeafRecord): Promise<void> {
  await rm(recordFile(caDir, certificate), { force: true });
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function parse(text: string): LeafRecord | null {
  try {
    const record = JSON.parse(text) as LeafRecord;
    const isOne =
      record.version === 1 &&
      Array.isArray(record.names) &&
      typeof record.certificate === 'string' &&
      typeof record.dir === 'string' &&
      typeof record.files === 'object' &&
      record.files !== null;
    return isOne ? record : null;
  } catch {
    return null;
  }
}
