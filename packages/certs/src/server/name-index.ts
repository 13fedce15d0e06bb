import { matchName, parseIdentifier, type Identifier, type PresentedNames } from '@altname/core';

/** Something that has the names of a certificate. */
export interface Named {
  readonly names: PresentedNames;
}

/**
 * Certificates by name. A lookup costs the same for one certificate and for ten thousand: one look at the whole name,
 * and when nothing has it, one at what follows its first label.
 *
 * The tables only propose; what they propose is decided by `matchName`, as everywhere (RFC 9525 §6).
 *
 * | asked             | found                                                              |
 * |-------------------|--------------------------------------------------------------------|
 * | `a.example.com`   | `a.example.com`, in any case; else `*.example.com`                 |
 * | `a.b.example.com` | not `*.example.com`: `*` is exactly one label                      |
 * | `192.0.2.1`       | iPAddress `192.0.2.1`; never a dNSName                             |
 * | `bücher.example`  | `xn--bcher-kva.example`                                            |
 * | `a..b` `*.a.com`  | nothing: no names                                                  |
 */
export class NameIndex<T extends Named> {
  readonly #exact = new Map<string, T[]>();
  /** By what follows the `*`, the dot included. */
  readonly #wildcard = new Map<string, T[]>();

  constructor(all: Iterable<T>) {
    for (const one of all) {
      for (const dns of one.names.dns) {
        const name = dns.toLowerCase();
        if (name.startsWith('*.')) put(this.#wildcard, name.slice(1), one);
        else put(this.#exact, name, one);
      }
      for (const ip of one.names.ip) put(this.#exact, ip, one);
    }
  }

  /** The certificates for a name: those that carry it, else those with a wildcard for it. */
  find(name: string): readonly T[] {
    const identifier = readName(name);
    if (identifier === null) return [];
    const { kind, value } = identifier;
    const exact = matching(this.#exact.get(value), identifier);
    if (exact.length > 0 || kind === 'ip') return exact;
    const firstDot = value.indexOf('.');
    return firstDot < 1 ? [] : matching(this.#wildcard.get(value.slice(firstDot)), identifier);
  }

  /** Every name that leads to a certificate, sorted; wildcards with their `*`. */
  names(): string[] {
    const exact = [...this.#exact].filter(([name, proposed]) => leads(proposed, name));
    const wildcard = [...this.#wildcard].filter(([parent, proposed]) => leads(proposed, `any${parent}`));
    return [...exact.map(([name]) => name), ...wildcard.map(([parent]) => `*${parent}`)].toSorted();
  }
}

function readName(name: string): Identifier | null {
  try {
    return parseIdentifier(name);
  } catch {
    return null;
  }
}

function leads<T extends Named>(proposed: readonly T[], name: string): boolean {
  const identifier = readName(name);
  return identifier?.value === name && matching(proposed, identifier).length > 0;
}

function put<T>(table: Map<string, T[]>, name: string, one: T): void {
  const list = table.get(name);
  if (list === undefined) table.set(name, [one]);
  else if (list.at(-1) !== one) list.push(one);
}

function matching<T extends Named>(proposed: readonly T[] | undefined, identifier: Identifier): readonly T[] {
  return proposed?.filter(({ names }) => matchName(identifier, names).matches) ?? [];
}
