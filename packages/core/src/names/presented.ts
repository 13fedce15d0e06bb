/** Whether the certificate has a subjectAltName that can be relied on (RFC 5280 §4.2.1.6). */
export type SanState = 'present' | 'absent' | 'malformed' | 'duplicate';

/** A subjectAltName entry that never takes part in a host check (RFC 9525 §6.5): kept to be shown. */
export interface OtherName {
  readonly type: 'email' | 'uri' | 'directory' | 'registered-id' | 'x400' | 'edi' | 'other';
  /** The text of an email or URI; the octets in hexadecimal for every other type. */
  readonly value: string;
}

/**
 * The names on a certificate: *presented*.
 *
 * - `dns`: dNSName entries, each octet as one character (ISO 8859-1), exactly as they stand on the certificate.
 * - `ip`: iPAddress entries in canonical text (`names/ip.ts`); one that has neither 4 nor 16 octets is `hex:` and its octets.
 * - `commonNames`: of the subject. They never count for a match (RFC 9525 §2); kept because the reason is often there.
 *
 * When `san` is `malformed` or `duplicate` the lists are empty: such a certificate has no name that can be trusted.
 */
export interface PresentedNames {
  readonly san: SanState;
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly others: readonly OtherName[];
  readonly commonNames: readonly string[];
}

/** One identifier on a certificate, and its place among those of its kind, counted from 0. */
export interface PresentedIdentifier {
  readonly kind: 'dns' | 'ip';
  readonly value: string;
  readonly index: number;
}

/**
 * Whether one dNSName matches a canonical DNS name; the only place that decides it (RFC 9525 §6.3).
 *
 * | presented            | reference             | result                                          |
 * |----------------------|-----------------------|-------------------------------------------------|
 * | `Example.com`        | `example.com`         | match: ASCII case only                          |
 * | `*.example.com`      | `a.example.com`       | match                                           |
 * | `*.example.com`      | `a.b.example.com`     | no: `*` is exactly one label                    |
 * | `*.example.com`      | `example.com`         | no                                              |
 * | `*` `*.com`          | anything              | no: too broad                                   |
 * | `f*.example.com` `a.*.com` | anything        | no: `*` must be the whole left-most label       |
 * | `example.com.`       | `example.com`         | no: not in preferred syntax (RFC 5280 §4.2.1.6) |
 * | `bücher.example`     | `xn--bcher-kva.example` | no: presented names are ASCII                 |
 *
 * The reference is one that `readIdentifier` gave, so a presented name that is malformed equals none of them.
 */
export function dnsNameMatches(presented: string, reference: string): boolean {
  if (presented.charCodeAt(0) !== asterisk) {
    return presented.length === reference.length && foldAscii(presented) === reference;
  }
  if (presented.charCodeAt(1) !== dot) return false;
  const firstDot = reference.indexOf('.');
  if (firstDot < 1 || presented.length - 1 !== reference.length - firstDot) return false;
  const suffix = foldAscii(presented).slice(1);
  return suffix.includes('.', 1) && suffix === reference.slice(firstDot);
}

/** ASCII letters in lower case, nothing else changed: no locale, no Unicode folding (RFC 4343 §3). */
export function foldAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }
  return text;
}

const asterisk = 0x2a;
const dot = 0x2e;
