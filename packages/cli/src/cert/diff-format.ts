import { printable } from '@altname/core';
import type { CertificateDiff, NameChange, RotationChange } from '@altname/certs';
import { wrapBehind } from '../wrap.ts';
import { readyStyle, type ReadyStyle, type ReportStyle } from './report-style.ts';

/** The leaf of a file that is compared. Times are ISO 8601; null when they cannot be read. */
export interface ComparedFile {
  readonly file: string;
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
}

/** Names shown of those that break, or begin; and entries of what was left out. */
const mostNames = 50;
/** Places shown of where a name is in use. */
const mostPlaces = 3;

/**
 * A rotation for people: what breaks first.
 *
 * @param named somebody said which names are in use
 */
export function formatDiff(
  diff: CertificateDiff,
  [old, fresh]: readonly [ComparedFile, ComparedFile],
  named: boolean,
  all: boolean,
  options: ReportStyle,
): string {
  const style = readyStyle(options);
  const lines: string[] = [];
  for (const [label, side] of [
    ['old', old],
    ['new', fresh],
  ] as const) {
    const until = side.notAfter === null ? '' : `, until ${side.notAfter.slice(0, 10)}`;
    lines.push(
      ...wrapBehind(
        `${label}  `,
        style.text(`${side.file}  ${side.subject || '(no subject)'}${until}`),
        style.width,
      ),
    );
  }
  lines.push('', verdict(diff, named, style));
  const most = all ? Infinity : mostNames;
  for (const change of ['breaks', 'begins', 'never'] as const) {
    const names = diff.names.filter((name) => name.change === change);
    if (names.length > 0) lines.push('', ...nameLines(change, names, most, style));
  }
  const stay = diff.names.filter(({ change }) => change === 'stays');
  if (all && stay.length > 0) lines.push('', ...nameLines('stays', stay, most, style));
  else if (stay.length > 0)
    lines.push(
      '',
      `${stay.length} ${stay.length === 1 ? 'name stays' : 'names stay'} as ${stay.length === 1 ? 'it is' : 'they are'}`,
    );
  if (diff.changes.length > 0) lines.push('', style.strong('What else changes'));
  for (const change of diff.changes) lines.push(...changeLines(change, style));
  if (diff.leftOut.length > 0) lines.push('', style.strong('No names for a certificate'));
  for (const { from, problem } of diff.leftOut.slice(0, most)) {
    lines.push(...wrapBehind('  ', style.text(`${printable(from, 200)}: ${problem ?? ''}`), style.width));
  }
  if (diff.leftOut.length > most) lines.push(`  and ${diff.leftOut.length - most} more (--all)`);
  return lines.join('\n');
}

function verdict({ breaks, names, changes }: CertificateDiff, named: boolean, style: ReadyStyle): string {
  if (!breaks) {
    const risks = changes.filter(({ severity }) => severity === 'risk').length;
    const but = risks === 0 ? '' : `; ${risks} ${risks === 1 ? 'thing' : 'things'} to look at below`;
    return style.good(style.text(`✓ no name ${named ? 'in use' : 'of the old one'} stops working${but}`));
  }
  const lost = names.filter(({ change }) => change === 'breaks').length;
  const other = changes.filter(({ severity }) => severity === 'breaks').length;
  const parts = [
    ...(lost === 0 ? [] : [`${lost} ${lost === 1 ? 'name stops' : 'names stop'} working`]),
    ...(other === 0 ? [] : [`${other} ${other === 1 ? 'change makes' : 'changes make'} clients refuse`]),
  ];
  return style.bad(style.text(`✗ ${parts.join(', and ')}`));
}

const headings = {
  breaks: 'Would stop working',
  begins: 'Would begin to work',
  never: 'On neither of them',
  stays: 'Stay as they are',
} as const;

function nameLines(
  change: NameChange['change'],
  names: readonly NameChange[],
  most: number,
  style: ReadyStyle,
): string[] {
  const lines = [style.strong(headings[change])];
  const [mark, paint] =
    change === 'breaks' ? ['✗', style.bad] : change === 'begins' ? ['✓', style.good] : ['·', style.faint];
  for (const { name, why, from, uses } of names.slice(0, most)) {
    const lead = style.text(`  ${mark} `);
    const places = from.slice(0, mostPlaces).map((place) => printable(place, 120));
    const more = from.length > mostPlaces ? ` and ${from.length - mostPlaces} more places` : '';
    const counted = uses === undefined ? '' : `, ${uses} ${uses === 1 ? 'use' : 'uses'}`;
    const told = [why, `${places.join('; ')}${more}${counted}`].filter((part) => part !== null).join('  ');
    const [first = '', ...rest] = wrapBehind(lead, style.text(`${name.value}  ${told}`), style.width);
    lines.push(paint(lead) + first.slice(lead.length), ...rest);
  }
  if (names.length > most) lines.push(`    and ${names.length - most} more (--all)`);
  return lines;
}

function changeLines(
  { severity, code, before, after, message }: RotationChange,
  style: ReadyStyle,
): string[] {
  const paint = severity === 'breaks' ? style.bad : severity === 'risk' ? style.warn : style.faint;
  const mark = style.text(severity === 'breaks' ? '✗' : severity === 'risk' ? '!' : '·');
  const lead = `  ${mark} `;
  const [first = '', ...rest] = wrapBehind(lead, style.text(`${code}: ${message}`), style.width);
  const lines = [paint(lead) + first.slice(lead.length), ...rest];
  if (before !== null || after !== null) {
    const values = `${before ?? '(none)'} → ${after ?? '(none)'}`;
    lines.push(...wrapBehind('    ', style.text(values), style.width).map(style.faint));
  }
  return lines;
}
