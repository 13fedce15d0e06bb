import { AltnameError } from '../error.ts';

/** No certificate and no bundle that is read here is larger: 32 MiB of text. */
const largestPem = 32 * 1024 * 1024;

const block = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([^-]*)-----END \1-----/g;

/**
 * The DER of every certificate block in a PEM text (RFC 7468), in order. Text around the blocks is ignored, as is
 * any block that is no certificate.
 *
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when a block is not base64, or the text is over 32 MiB.
 */
export function readPemBlocks(text: string): Uint8Array[] {
  if (text.length > largestPem) throw new AltnameError('ALTNAME_BAD_CERTIFICATE', 'PEM text over 32 MiB');
  const found: Uint8Array[] = [];
  for (const match of text.matchAll(block)) {
    const base64 = (match[2] ?? '').replace(/[ \t\r\n]+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) {
      throw new AltnameError(
        'ALTNAME_BAD_CERTIFICATE',
        `certificate block ${found.length + 1} is not base64: PEM expected`,
      );
    }
    found.push(Buffer.from(base64, 'base64'));
  }
  return found;
}

/** DER as one PEM block. */
export function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}
