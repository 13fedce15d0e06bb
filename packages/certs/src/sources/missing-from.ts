import { matchName, readCertificate, type PresentedNames } from '@altname/core';
import { sanText, type WantedName } from '../names/wanted-name.ts';
import type { NameInUse } from './name-in-use.ts';

/**
 * Which of the names in use a certificate lacks, by the matching of RFC 9525 §6; each name once, in the order given.
 * Entries without a name are passed over. A wildcard in use is there when the same wildcard is presented.
 *
 * @param certificate DER or PEM, or a certificate that was read
 * @throws {AltnameError} `ALTNAME_BAD_CERTIFICATE` when it cannot be read
 */
export function missingFrom(
  certificate: string | Uint8Array | { readonly der: Uint8Array },
  names: readonly NameInUse[],
): NameInUse[] {
  const octets = typeof certificate === 'object' && 'der' in certificate ? certificate.der : certificate;
  const presented = readCertificate(octets).names;
  const missing = new Map<string, NameInUse>();
  for (const each of names) {
    if (each.name === null || isPresented(each.name, presented)) continue;
    const key = sanText(each.name);
    if (!missing.has(key)) missing.set(key, each);
  }
  return [...missing.values()];
}

/** Whether the names on a certificate stand for a name; a wildcard stands for itself. */
export function isPresented({ kind, value }: WantedName, presented: PresentedNames): boolean {
  if (!value.startsWith('*.')) return matchName({ kind, value }, presented).matches;
  return presented.san === 'present' && presented.dns.some((name) => name.toLowerCase() === value);
}
