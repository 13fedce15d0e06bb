import { addressOctets, addressText } from './ip.ts';
import {
  dnsNameMatches,
  foldAscii,
  type OtherName,
  type PresentedIdentifier,
  type PresentedNames,
  type SanState,
} from './presented.ts';

/** The index pays for itself from this many lookups on; before that, a walk over the octets is cheaper. */
const walksBeforeIndex = 2;

type Lists = Pick<PresentedNames, 'dns' | 'ip' | 'others'>;

/** Where each name stands first, in its list. The keys are what dnsNameMatches compares. */
interface NameIndex {
  /** Whole names, ASCII lower case. */
  readonly exact: ReadonlyMap<string, number>;
  /** What follows the `*` of a wildcard, the dot included; only of one with two labels or more after it. */
  readonly wildcard: ReadonlyMap<string, number>;
  readonly ip: ReadonlyMap<string, number>;
}

/**
 * {@link PresentedNames} over the octets of a certificate. Nothing is decoded before it is needed: a lookup compares
 * octets, and the third lookup builds an index, from where on the cost no longer depends on the number of names.
 * Both ways find the first entry that matches.
 */
export class CertificateNames implements PresentedNames {
  readonly san: SanState;
  readonly #der: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #readCommonNames: () => readonly string[];
  #lists: Lists | undefined = undefined;
  #commonNames: readonly string[] | undefined = undefined;
  #lookups = 0;
  #index: NameIndex | undefined = undefined;

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

  /** The first presented identifier that a canonical DNS name matches, or null. */
  findDns(reference: string): PresentedIdentifier | null {
    const known = this.#indexWhenWorth();
    if (known === undefined) return this.#walkDns(reference);
    const { exact, wildcard } = known;
    const firstDot = reference.indexOf('.');
    const whole = exact.get(reference);
    const covering = firstDot > 0 && wildcard.size > 0 ? wildcard.get(reference.slice(firstDot)) : undefined;
    const index = covering === undefined || (whole !== undefined && whole < covering) ? whole : covering;
    return index === undefined ? null : { kind: 'dns', value: this.dns[index] ?? '', index };
  }

  /** The first presented identifier that a canonical address equals, or null. */
  findIp(reference: string): PresentedIdentifier | null {
    const known = this.#indexWhenWorth();
    if (known === undefined) return this.#walkIp(reference);
    const index = known.ip.get(reference);
    return index === undefined ? null : { kind: 'ip', value: reference, index };
  }

  #indexWhenWorth(): NameIndex | undefined {
    if (this.#index === undefined && this.#lookups++ >= walksBeforeIndex) {
      this.#index = buildIndex(this.dns, this.ip);
    }
    return this.#index;
  }

  #walkDns(reference: string): PresentedIdentifier | null {
    const der = this.#der;
    const end = this.#end;
    const whole = reference.length;
    const firstDot = reference.indexOf('.');
    const covering = firstDot > 0 ? whole - firstDot + 1 : -1;
    let index = 0;
    let at = this.#start;
    while (at < end) {
      const tag = der[at];
      const start = at + 1 + lengthOctets(der, at + 1);
      const size = contentLength(der, at + 1);
      at = start + size;
      if (tag !== dnsTag) continue;
      // A sieve only: what passes is decided by dnsNameMatches.
      if (
        (size === whole && equalsFolded(der, start, reference, 0)) ||
        (size === covering && der[start] === asterisk && equalsFolded(der, start + 1, reference, firstDot))
      ) {
        const value = latin1(der, start, at);
        if (dnsNameMatches(value, reference)) return { kind: 'dns', value, index };
      }
      index++;
    }
    return null;
  }

  #walkIp(reference: string): PresentedIdentifier | null {
    const octets = addressOctets(reference);
    if (octets === null) return null;
    const der = this.#der;
    const end = this.#end;
    let index = 0;
    let at = this.#start;
    while (at < end) {
      const tag = der[at];
      const start = at + 1 + lengthOctets(der, at + 1);
      const size = contentLength(der, at + 1);
      at = start + size;
      if (tag !== ipTag) continue;
      if (size === octets.length && octets.every((octet, i) => octet === der[start + i])) {
        return { kind: 'ip', value: reference, index };
      }
      index++;
    }
    return null;
  }

  #decode(): Lists {
    const dns: string[] = [];
    const ip: string[] = [];
    const others: OtherName[] = [];
    const der = bufferOver(this.#der);
    const first = this.#start;
    const end = this.#end;
    // Decoded in one go: cutting names from a text is far cheaper than decoding each.
    const text = der.toString('latin1', first, end);
    let at = first;
    while (at < end) {
      const tag = der[at] ?? 0;
      const start = at + 1 + lengthOctets(der, at + 1);
      const stop = start + contentLength(der, at + 1);
      if (tag === dnsTag) dns.push(text.slice(start - first, stop - first));
      else if (tag === ipTag) {
        ip.push(addressText(der.subarray(start, stop)) ?? `hex:${der.toString('hex', start, stop)}`);
      } else others.push(otherName(tag, der, start, stop));
      at = stop;
    }
    return { dns: Object.freeze(dns), ip: Object.freeze(ip), others: Object.freeze(others) };
  }
}

const dnsTag = 0x82;
const ipTag = 0x87;
const asterisk = 0x2a;

function buildIndex(dns: readonly string[], addresses: readonly string[]): NameIndex {
  const exact = new Map<string, number>();
  const wildcard = new Map<string, number>();
  const ip = new Map<string, number>();
  for (let i = 0; i < dns.length; i++) {
    const name = foldAscii(dns[i] ?? '');
    const covers = name.startsWith('*.');
    if (covers && !name.includes('.', 2)) continue;
    const into = covers ? wildcard : exact;
    const key = covers ? name.slice(1) : name;
    if (!into.has(key)) into.set(key, i);
  }
  for (let i = 0; i < addresses.length; i++) {
    const address = addresses[i] ?? '';
    if (!ip.has(address)) ip.set(address, i);
  }
  return { exact, wildcard, ip };
}

// The octets were validated when the certificate was read: lengths are minimal and stay inside.

function lengthOctets(der: Uint8Array, at: number): number {
  const first = der[at] as number;
  return first < 0x80 ? 1 : 1 + (first & 0x7f);
}

function contentLength(der: Uint8Array, at: number): number {
  const first = der[at] as number;
  if (first < 0x80) return first;
  let length = 0;
  for (let i = 1; i <= (first & 0x7f); i++) length = length * 256 + (der[at + i] as number);
  return length;
}

/** Whether the octets from `at` on are the text from `from` on, ASCII case aside. The text is in lower case. */
function equalsFolded(der: Uint8Array, at: number, text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    let octet = der[at + i - from] as number;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== text.charCodeAt(i)) return false;
  }
  return true;
}

function bufferOver(der: Uint8Array): Buffer {
  return Buffer.from(der.buffer, der.byteOffset, der.byteLength);
}

function latin1(der: Uint8Array, start: number, end: number): string {
  return bufferOver(der).toString('latin1', start, end);
}

function otherName(tag: number, der: Buffer, start: number, end: number): OtherName {
  const type = otherTypes.get(tag) ?? 'other';
  const encoding = type === 'email' || type === 'uri' ? 'latin1' : 'hex';
  return { type, value: der.toString(encoding, start, end) };
}

const otherTypes: ReadonlyMap<number, OtherName['type']> = new Map([
  [0x81, 'email'],
  [0x86, 'uri'],
  [0xa4, 'directory'],
  [0x88, 'registered-id'],
  [0xa3, 'x400'],
  [0xa5, 'edi'],
]);
