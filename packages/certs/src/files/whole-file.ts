import writeFileAtomic from 'write-file-atomic';

/** Writes a file whole or not at all, with no moment in which others may read it. */
export async function writeFileWhole(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  await writeFileAtomic(file, typeof content === 'string' ? content : Buffer.from(content), { mode });
}
