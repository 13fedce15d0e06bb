import { readIdentifier, type Identifier } from '../names/identifier.ts';
import { matchName } from '../names/match.ts';
import type { Mismatch } from '../names/mismatch.ts';
import type { PresentedNames } from '../names/presented.ts';
import type { Row } from './grid.ts';
import { widestCell } from './grid.ts';
import { placeText } from './headline.ts';
import { byNearness } from './nearest.ts';
import { originText } from './origin.ts';
import { labelAt, reasonText } from './reason.ts';
import { asciiName, count, counted, unicodeName } from './spelling.ts';
import type { Style } from './style.ts';

/** The rows of what a certificate presents, and whether names stand at the right edge to be compared by label. */
export interface PresentedRows {
  readonly rows: readonly Row[];
  readonly aligned: boolean;
}

/** Shown of the nearest names, and of the names with nothing in common, unless all are asked for. */
export const shownNames = 3;

/**
 * What the certificate presents, compared with the name that is checked: the one that matches, or the nearest ones
 * with carets under the label that fails. `checked` null: there is nothing to compare with. `unsaid`: where nothing is
 * presented, a certificate may have come all the same.
 */
export function presentedRows(
  checked: string | null,
  presented: PresentedNames | null,
  style: Style,
  unsaid = false,
): PresentedRows {
  if (presented === null && unsaid) {
    const rows = [{ ...row('(unknown)', originText.unknown, 'plain'), label: 'presented' }];
    return { rows, aligned: false };
  }
  const { rows, aligned } = identifierRows(checked, presented, style);
  const all = [...rows, ...(presented === null ? [] : commonNameRows(presented, style))];
  return { rows: all.map((each, index) => (index === 0 ? { ...each, label: 'presented' } : each)), aligned };
}

function identifierRows(
  checked: string | null,
  presented: PresentedNames | null,
  style: Style,
): PresentedRows {
  if (presented === null) return { rows: [row('(none)', 'no certificate came', 'plain')], aligned: false };
  if (presented.dns.length + presented.ip.length > 0) return compare(checked, presented, style);
  return { rows: [row('(no names)', emptyText(presented), 'bad')], aligned: false };
}

/** The common names, where a certificate has no other name that counts: people look there. */
function commonNameRows(presented: PresentedNames, style: Style): Row[] {
  if (presented.san === 'present') return [];
  return presented.commonNames
    .slice(0, style.all ? undefined : shownNames)
    .map((name) => row(asciiName(name), 'in the common name (CN), which does not count', 'plain'));
}

function compare(checked: string | null, presented: PresentedNames, style: Style): PresentedRows {
  const reference = readIdentifier(checked);
  const match = matchName(checked ?? '', presented);
  if (match.matches) {
    const cell = asciiName(match.by.value);
    const aligned = match.by.kind === 'dns' && cell.length <= widestCell(style);
    const text = [`matches (${placeText(match.by, presented)})`, alsoWritten(match.by.value)].filter(Boolean);
    return { rows: [row(cell, text.join('; '), 'good', aligned ? 'right' : 'left')], aligned };
  }
  if (typeof reference === 'string') {
    const why =
      checked === null ? 'there is no name to compare them with' : 'the name checked is no valid name';
    return { rows: listRows(match.mismatches, `${total(presented)}; ${why}`, style), aligned: false };
  }
  return mismatchRows(reference, presented, match.mismatches, style);
}

function mismatchRows(
  reference: Identifier,
  presented: PresentedNames,
  mismatches: readonly Mismatch[],
  style: Style,
): PresentedRows {
  const { near, far } = byNearness(reference, mismatches);
  if (near.length === 0) {
    return { rows: listRows(far, strangersText(reference, presented), style), aligned: false };
  }
  const shown = style.all ? near : near.slice(0, shownNames);
  const room = widestCell(style);
  const aligned =
    reference.kind === 'dns' &&
    reference.value.length <= room &&
    shown.every(({ presented: { value } }) => asciiName(value).length <= room);
  const rows = shown.flatMap((mismatch) => {
    const cell = asciiName(mismatch.presented.value);
    const reason = reasonText(mismatch, reference.value);
    const also = alsoWritten(mismatch.presented.value);
    if (!aligned) return [row(cell, [reason, also].filter(Boolean).join('; '), 'bad')];
    // A trailing dot hangs over the edge, so that the labels before it stand below their equals.
    const over = mismatch.reason === 'trailing-dot' ? 1 : 0;
    return [
      { ...row(cell, also, 'bad', 'right'), over },
      { ...row(caretsUnder(mismatch, reference.value, cell), reason, 'bad', 'right'), over },
    ];
  });
  return { rows: [...rows, ...restRows(reference, near.length - shown.length, far, style)], aligned };
}

/** The names that were not shown one by one: counted, and named when they are few. */
function restRows(reference: Identifier, hidden: number, far: readonly Mismatch[], style: Style): Row[] {
  if (hidden + far.length === 0) return [];
  if (style.all || (hidden === 0 && far.length <= shownNames)) {
    const lead =
      reference.kind === 'ip'
        ? `and ${counted(far.length, 'DNS name')}, which no address matches`
        : `and ${count(far.length)} more with nothing in common`;
    return listRows(far, lead, style);
  }
  const nothing = far.length === 0 ? '' : `, ${count(far.length)} of them with nothing in common`;
  return [row('', `and ${count(hidden + far.length)} more${nothing}`, 'plain')];
}

/** `lead: a, b, c and 5 more`, or a line each when all are asked for. */
function listRows(mismatches: readonly Mismatch[], lead: string, style: Style): Row[] {
  if (mismatches.length === 0) return [];
  const names = mismatches
    .slice(0, style.all ? undefined : shownNames)
    .map(({ presented }) => asciiName(presented.value));
  if (style.all) return [row('', `${lead}:`, 'plain'), ...names.map((name) => row(name, '', 'plain'))];
  const hidden = mismatches.length - names.length;
  return [row('', `${lead}: ${names.join(', ')}${hidden > 0 ? ` and ${count(hidden)} more` : ''}`, 'plain')];
}

/** Carets under the label that fails; where the presented name has ended, under that of the name above it. */
function caretsUnder({ label, reason }: Mismatch, reference: string, cell: string): string {
  if (label === null) return reason === 'trailing-dot' ? '^' : '^'.repeat(cell.length);
  const given = cell.split('.').length;
  const over = label > given ? reference : cell;
  const right =
    over
      .split('.')
      .slice(over.split('.').length - label + 1)
      .join('.').length + (label > 1 ? 1 : 0);
  return '^'.repeat(Math.max(1, labelAt(over, label).length)) + ' '.repeat(right);
}

function strangersText(reference: Identifier, presented: PresentedNames): string {
  const all = presented.dns.length + presented.ip.length;
  if (reference.kind === 'ip') {
    return `${counted(presented.dns.length, 'DNS name')}, no address; an address matches only an address entry`;
  }
  if (presented.dns.length === 0) {
    return `${counted(presented.ip.length, 'address', 'addresses')}, no DNS name; a name matches only a DNS entry`;
  }
  return all === 1
    ? `1 name, and it shares no label with ${asciiName(reference.value)}`
    : `${count(all)} names, and none shares a label with ${asciiName(reference.value)}`;
}

function emptyText(presented: PresentedNames): string {
  switch (presented.san) {
    case 'absent':
      return 'the certificate has no subjectAltName';
    case 'malformed':
      return 'its subjectAltName is malformed, so none of its names counts';
    case 'duplicate':
      return 'it has more than one subjectAltName, so none of its names counts';
    case 'present':
      return presented.others.length === 0
        ? 'its subjectAltName is empty'
        : `only ${counted(presented.others.length, 'entry', 'entries')} of other types, which never count for a host`;
  }
}

function total(presented: PresentedNames): string {
  return counted(presented.dns.length + presented.ip.length, 'name');
}

function alsoWritten(name: string): string {
  const unicode = unicodeName(name);
  return unicode === null ? '' : `also written ${unicode}`;
}

function row(cell: string, text: string, tone: Row['tone'], side: Row['side'] = 'left'): Row {
  return { label: '', cell, side, text, tone };
}
