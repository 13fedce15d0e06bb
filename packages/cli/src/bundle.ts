import { printable, readCertificates, type Certificate } from '@altname/core';
import { readInput, readStandardInput } from './input-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * The certificates of a file, or of stdin for `-`, in their order: a PEM bundle, or one certificate in DER.
 *
 * @throws {UsageError} in one line, when the file cannot be read or holds no certificate
 */
export async function readBundle(file: string): Promise<Certificate[]> {
  const bytes = file === '-' ? await readStandardInput() : await readInput(file, '');
  const name = file === '-' ? 'standard input' : `"${printable(file)}"`;
  if (bytes.length === 0) throw new UsageError(`${name} is empty; a certificate in PEM or DER is expected`);
  try {
    return readCertificates(bytes);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AltnameError') throw error;
    throw new UsageError(
      `${name} ${otherContent(bytes) ?? `is no certificate that can be read: ${error.message}`}`,
    );
  }
}

/** The leaf of a bundle: the first certificate that is no authority, else the first of all. */
export function leafOf(certificates: readonly Certificate[]): Certificate | null {
  return (
    certificates.find(({ basicConstraints }) => basicConstraints?.ca !== true) ?? certificates[0] ?? null
  );
}

/** What people take for a certificate by mistake. */
function otherContent(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1');
  const found = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1];
  if (found === undefined) return null;
  if (found.includes('PRIVATE KEY'))
    return 'holds a private key and no certificate; the certificate is expected';
  if (found.includes('CERTIFICATE REQUEST'))
    return 'holds a signing request; the certificate made from it is expected';
  return found.includes('CERTIFICATE') ? null : `holds a ${found} and no certificate`;
}
