import { addressText } from './ip.ts';

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

const dnsTag = 0x82;
const ipTag = 0x87;

/** The index pays for itself from this many lookups on; before that, a walk over the octets is cheaper. */
const walksBeforeIndex = 2;

interface NameIndex {
  /** Whole names, ASCII lower case. */
  readonly exact: Map<string, number>;
  /** What follows the `*` of a wildcard, the dot included. */
  readonly wildcard: Map<string, number>;
  readonly ip: Map<string, number>;
}

/**
 * {@link PresentedNames} over the octets of a certificate. Nothing is decoded before it is needed: a lookup compares
 * octets, and the third lookup builds an index, from where on the cost no longer depends on the number of names.
 */
export class CertificateNames implements PresentedNames {
  readonly san: SanState;
  readonly #der: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #readCommonNames: () => readonly string[];
  #lists: Pick<PresentedNames, 'dns' | 'ip' | 'others'> | undefined;
  #commonNames: readonly string[] | undefined;
  #lookups = 0;
  #index: NameIndex | undefined;

  /** `start` and `end` bound the content of a GeneralNames already validated; both 0 when there is none. */
  constructor(
    san: SanState,
    der: Uint8Array,
    start: number,
    end: number,
    readCommonNames: () => readonly string[],
  ) {
    this.san = san;
    this.#der = der;
    this.#start = start;
    this.#end = end;
    this.#readCommonNames = readCommonNames;
  }

  get dns(): readonly string[] {
    return (this.#lists ??= this.#decode()).dns;
  }

  get ip(): readonly string[] {
    return (this.#lists ??= this.#decode()).ip;
  }

  get others(): readonly OtherName[] {
    return (this.#lists ??= this.#decode()).others;
  }

  get commonNames(): readonly string[] {
    return (this.#commonNames ??= Object.freeze(this.#readCommonNames()));
  }

  /** Plain data, for evidence and JSON. */
  toJSON(): PresentedNames {
    const { san, dns, ip, others, commonNames } = this;
    return { san, dns, ip, others, commonNames };
  }

  /** The presented identifier that a canonical DNS name matches, or null. */
  findDns(reference: string): PresentedIdentifier | null {
    if (this.#index === undefined && ++this.#lookups <= walksBeforeIndex) return this.#walkDns(reference);
    return findDnsInIndex((this.#index ??= this.#buildIndex()), this.dns, reference);
  }

  /** The presented identifier that a canonical address equals, or null. */
  findIp(reference: string): PresentedIdentifier | null {
    const index = (this.#index ??= this.#buildIndex()).ip.get(reference);
    return index === undefined ? null : { kind: 'ip', value: reference, index };
  }

  #walkDns(reference: string): PresentedIdentifier | null {
    const der = this.#der;
    const length = reference.length;
    const last = reference.charCodeAt(length - 1) | 0x20;
    const beforeLast = reference.charCodeAt(length - 2) | 0x20;
    let index = 0;
    let at = this.#start;
    while (at < this.#end) {
      const tag = der[at];
      const size = contentLength(der, at + 1);
      const start = at + 1 + lengthOctets(der, at + 1);
      const end = start + size;
      if (tag === dnsTag) {
        // A sieve only: what passes is decided by dnsNameMatches.
        if (
          (size === length || der[start] === 0x2a) &&
          ((der[end - 1] ?? 0) | 0x20) === last &&
          (size < 2 || length < 2 || ((der[end - 2] ?? 0) | 0x20) === beforeLast)
        ) {
          const value = latin1(der, start, end);
          if (dnsNameMatches(value, reference)) return { kind: 'dns', value, index };
        }
        index++;
      }
      at = end;
    }
    return null;
  }

  #buildIndex(): NameIndex {
    const exact = new Map<string, number>();
    const wildcard = new Map<string, number>();
    const ip = new Map<string, number>();
    const { dns } = this;
    for (let i = 0; i < dns.length; i++) {
      const name = foldAscii(dns[i] ?? '');
      const into = name.startsWith('*.') ? wildcard : exact;
      const key = into === wildcard ? name.slice(1) : name;
      if (!into.has(key)) into.set(key, i);
    }
    for (const [i, address] of this.ip.entries()) if (!ip.has(address)) ip.set(address, i);
    return { exact, wildcard, ip };
  }

  #decode(): Pick<PresentedNames, 'dns' | 'ip' | 'others'> {
    const dns: string[] = [];
    const ip: string[] = [];
    const others: OtherName[] = [];
    const der = this.#der;
    let at = this.#start;
    while (at < this.#end) {
      const tag = der[at] ?? 0;
      const start = at + 1 + lengthOctets(der, at + 1);
      const end = start + contentLength(der, at + 1);
      if (tag === dnsTag) {
        dns.push(latin1(der, start, end));
      } else if (tag === ipTag) {
        ip.push(addressText(der.subarray(start, end)) ?? `hex:${hex(der, start, end)}`);
      } else {
        others.push(otherName(tag, der, start, end));
      }
      at = end;
    }
    return { dns: Object.freeze(dns), ip: Object.freeze(ip), others: Object.freeze(others) };
  }
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
 */
export function dnsNameMatches(presented: string, reference: string): boolean {
  const folded = foldAscii(presented);
  if (folded.charCodeAt(0) !== 0x2a) return folded === reference;
  if (folded.charCodeAt(1) !== 0x2e) return false;
  const suffix = folded.slice(1);
  if (suffix.indexOf('.', 1) === -1) return false;
  const firstDot = reference.indexOf('.');
  return firstDot > 0 && reference.charCodeAt(0) !== 0x2a && reference.slice(firstDot) === suffix;
}

/** ASCII letters in lower case, nothing else changed: no locale, no Unicode folding (RFC 4343 §3). */
export function foldAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }
  return text;
}

function findDnsInIndex(
  index: NameIndex,
  dns: readonly string[],
  reference: string,
): PresentedIdentifier | null {
  let found = index.exact.get(reference);
  if (found === undefined) {
    const firstDot = reference.indexOf('.');
    if (firstDot > 0) found = index.wildcard.get(reference.slice(firstDot));
  }
  if (found === undefined) return null;
  const value = dns[found] ?? '';
  return dnsNameMatches(value, reference) ? { kind: 'dns', value, index: found } : null;
}

// The octets were validated when the certificate was read: lengths are minimal and stay inside.

function lengthOctets(der: Uint8Array, at: number): number {
  const first = der[at] ?? 0;
  return first < 0x80 ? 1 : 1 + (first & 0x7f);
}

function contentLength(der: Uint8Array, at: number): number {
  const first = der[at] ?? 0;
  if (first < 0x80) return first;
  let length = 0;
  for (let i = 1; i <= (first & 0x7f); i++) length = length * 256 + (der[at + i] ?? 0);
  return length;
}

function latin1(der: Uint8Array, start: number, end: number): string {
  return Buffer.from(der.buffer, der.byteOffset + start, end - start).toString('latin1');
}

function hex(der: Uint8Array, start: number, end: number): string {
  return Buffer.from(der.buffer, der.byteOffset + start, end - start).toString('hex');
}

function otherName(tag: number, der: Uint8Array, start: number, end: number): OtherName {
  switch (tag) {
    case 0x81:
      return { type: 'email', value: latin1(der, start, end) };
    case 0x86:
      return { type: 'uri', value: latin1(der, start, end) };
    case 0xa4:
      return { type: 'directory', value: hex(der, start, end) };
    case 0x88:
      return { type: 'registered-id', value: hex(der, start, end) };
    case 0xa3:
      return { type: 'x400', value: hex(der, start, end) };
    case 0xa5:
      return { type: 'edi', value: hex(der, start, end) };
    default:
      return { type: 'other', value: hex(der, start, end) };
  }
}
