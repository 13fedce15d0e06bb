import { matchName, printable, type MismatchReason } from '@altname/core';
import { sanText, type WantedName } from '../names/wanted-name.ts';
import { isPresented } from '../sources/missing-from.ts';
import { NamesFound, type NameInUse } from '../sources/name-in-use.ts';
import type { Side } from './side.ts';

/**
 * What becomes of a name in use.
 *
 * | change   | before                              | after                    |
 * |----------|-------------------------------------|--------------------------|
 * | `breaks` | presented, or the common name alone | no longer, or less of it |
 * | `begins` | not presented                       | presented                |
 * | `stays`  | presented                           | presented                |
 * | `never`  | not presented                       | not presented            |
 *
 * A name that stands in the common name alone (no dNSName is there) works for clients that fall back to it, Node among
 * them, and for no other (RFC 9525 §2).
 */
export interface NameChange {
  readonly name: WantedName;
  readonly change: 'breaks' | 'begins' | 'stays' | 'never';
  /** Where the name is in use. */
  readonly from: readonly string[];
  /** How often it was used, where that was counted. */
  readonly uses?: number;
  /** One line that can be printed; null when there is nothing to say. */
  readonly why: string | null;
}

/** The names given, each once, with what becomes of it. Entries without a name are passed over. */
export function nameChanges(before: Side, after: Side, names: readonly NameInUse[]): NameChange[] {
  const uses = new Map<string, { name: WantedName; from: Set<string>; uses: number | null }>();
  for (const { name, from, uses: counted } of names) {
    if (name === null) continue;
    const known = uses.get(sanText(name)) ?? { name, from: new Set<string>(), uses: null };
    known.from.add(from);
    if (counted !== undefined) known.uses = (known.uses ?? 0) + counted;
    uses.set(sanText(name), known);
  }
  return [...uses.values()].map(({ name, from, uses: counted }) => ({
    name,
    ...changeOf(name, before, after),
    from: [...from],
    ...(counted === null ? {} : { uses: counted }),
  }));
}

/**
 * The names to compare by when nobody says which are in use: those that the old certificate presents, each wildcard
 * standing for itself, then what the new one adds.
 */
export function presentedInUse(before: Side, after: Side): NameInUse[] {
  const old = new NamesFound('OLD');
  const fresh = new NamesFound('NEW');
  for (const [side, found] of [
    [before, old],
    [after, fresh],
  ] as const) {
    const { dns, ip } = side.leaf.names;
    for (const value of [...dns, ...ip]) found.add(value, '');
    for (const value of onlyCommonNames(side)) found.add(value, 'common name');
  }
  const known = new Set(old.list.flatMap(({ name }) => (name === null ? [] : [sanText(name)])));
  return [...old.list, ...fresh.list.filter(({ name }) => name === null || !known.has(sanText(name)))];
}

type Way = 'presented' | 'common-name' | null;

function changeOf(name: WantedName, before: Side, after: Side): Pick<NameChange, 'change' | 'why'> {
  const was = wayOf(name, before);
  const is = wayOf(name, after);
  if (was === 'presented' && is === 'common-name') {
    return { change: 'breaks', why: 'only in the common name, which only clients that fall back to it take' };
  }
  if (was !== null && is === null) {
    const who = was === 'common-name' ? 'for clients that fall back to the common name, as Node does: ' : '';
    return { change: 'breaks', why: who + reason(name, after) };
  }
  if (is === 'presented' && was === 'common-name') {
    return {
      change: 'begins',
      why: 'for every client; before, only for those that fall back to the common name',
    };
  }
  if (is === 'presented') return { change: was === null ? 'begins' : 'stays', why: null };
  if (was !== null) return { change: 'stays', why: 'only in the common name, on both' };
  const why = is === null ? reason(name, after) : 'only in the common name of the new one';
  return { change: 'never', why };
}

function wayOf(name: WantedName, side: Side): Way {
  if (side.forbidden.length > 0) return null;
  if (isPresented(name, side.leaf.names)) return 'presented';
  if (name.kind === 'ip') return null;
  const common = onlyCommonNames(side).map((value) => value.toLowerCase());
  const parent = name.value.replace(/^[^.]*/, '*');
  return common.includes(name.value) || common.includes(parent) ? 'common-name' : null;
}

/** Common names count for nobody where there is a dNSName, and for nobody who fails closed where the SAN is broken. */
function onlyCommonNames({ leaf: { names } }: Side): readonly string[] {
  return names.san === 'malformed' || names.san === 'duplicate' || names.dns.length > 0
    ? []
    : names.commonNames;
}

function reason(name: WantedName, { leaf, forbidden }: Side): string {
  if (forbidden.length > 0) {
    const [first = ''] = forbidden;
    return `a CA above may not sign for ${printable(first, 100)}, so that clients refuse the whole certificate`;
  }
  const { names } = leaf;
  if (names.san === 'malformed' || names.san === 'duplicate') {
    return 'the subjectAltName of the new one cannot be relied on, and has no names';
  }
  if (name.value.startsWith('*.')) return wildcardReason(name.value, names.dns);
  const answer = matchName(name, names);
  if (answer.matches) return '';
  for (const [kind, say] of telling) {
    const found = answer.mismatches.find((mismatch) => mismatch.reason === kind);
    if (found !== undefined) return say(printable(found.presented.value, 120), name.value);
  }
  return 'not on the new one';
}

/** Hosts below a wildcard that are told when it goes. */
const mostStaying = 3;

function wildcardReason(wildcard: string, dns: readonly string[]): string {
  const below = wildcard.slice(1);
  const staying = dns.filter((value) => {
    const host = value.toLowerCase();
    return host.endsWith(below) && !host.slice(0, -below.length).includes('.');
  });
  if (staying.length === 0) return `every host directly under ${below.slice(1)}`;
  const shown = staying.slice(0, mostStaying).map((value) => printable(value, 100));
  const more = staying.length > mostStaying ? ` and ${staying.length - mostStaying} more` : '';
  return `every host directly under ${below.slice(1)} but ${shown.join(', ')}${more}`;
}

/** The mismatches that tell more than that a name is not there, the most telling first. */
const telling: readonly (readonly [MismatchReason, (presented: string, name: string) => string])[] = [
  ['wildcard-depth', (presented) => `${presented} stands for one label, and this has more (RFC 9525 §6.3)`],
  ['wildcard-apex', (presented, name) => `${presented} does not stand for ${name} itself (RFC 9525 §6.3)`],
  ['wildcard-partial', (presented) => `${presented} has "*" as a part of a label, which clients refuse`],
  ['wildcard-misplaced', (presented) => `${presented} has "*" where it stands for nothing`],
  ['trailing-dot', (presented) => `${presented} ends in a dot, which not every client takes`],
  [
    'address-in-dns',
    (presented) => `${presented} stands there as a dNSName, which no address is compared with`,
  ],
];
