import { open } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** Larger files are no certificates. */
const largest = 16 * 1024 * 1024;

/**
 * The octets of a file. `what` names its place on the command line.
 *
 * @throws {UsageError} when there is no such file, it is a directory, cannot be read, or is over 16 MiB
 */
export async function readInput(file: string, what: string): Promise<Uint8Array> {
  const name = `${what} "${file}"`.trimStart();
  try {
    const handle = await open(file, 'r');
    try {
      const status = await handle.stat();
      if (status.isDirectory()) throw new UsageError(`${name} is a directory; a file is expected`);
      // A pipe or a device has no size, so what is read is bounded, not what is announced.
      return await readAll(handle.createReadStream({ autoClose: false }), name);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asUsage(error, name);
  }
}

/** The octets of stdin. */
export function readStandardInput(): Promise<Uint8Array> {
  return readAll(process.stdin, 'standard input');
}

async function readAll(stream: AsyncIterable<unknown>, name: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > largest) throw new UsageError(`${name} has over 16 MiB; a certificate is expected`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'it is a directory; a file is expected',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its name holds a NUL character',
};

function asUsage(error: unknown, name: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code];
  return reason === undefined ? error : new UsageError(`${name}: ${reason}`);
}
