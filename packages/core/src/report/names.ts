import type { ChosenName, Dialled, Origin, SixNames } from '../diagnosis/evidence.ts';
import { readIdentifier } from '../names/identifier.ts';
import type { PresentedNames } from '../names/presented.ts';
import { printable } from '../names/printable.ts';
import { grid, widestCell, type Row, type Tone } from './grid.ts';
import { originText } from './origin.ts';
import { presentedRows, shownNames } from './presented.ts';
import { addressAndPort, asciiName, bothNames, sameName, unicodeName } from './spelling.ts';
import type { Style } from './style.ts';

/**
 * The six names, a row each, in the order in which one leads to the next: asked, dialled, host, sent, checked,
 * presented. *checked* and *presented*, which are compared, stand together and are always written out.
 * `elsewhere`: what is presented came in another attempt than the client's own.
 */
export function namesGrid(names: SixNames, elsewhere: boolean, style: Style): string[] {
  const { asked, dialled, host, sent, checked, presented } = names;
  const unsaid = names.presented === null && [host, sent, checked].some(({ from }) => from === 'unknown');
  const rows = [
    named('asked', asked.value, askedText(names), 'plain', asked.from),
    named('dialled', dialledCell(dialled), dialledText(names), 'plain', dialled.from),
    hostRow(host, asked),
    chosen('sent', sent, asked, 'as server name (SNI)'),
    named(
      'checked',
      checked.value,
      checkedText(names),
      differs(checked, asked) ? 'warn' : 'plain',
      checked.from,
    ),
  ];
  const lines = compared(rows, checked.value, presented, style, unsaid);
  if (!elsewhere) return lines;
  const note = 'presented in another attempt; the client got no certificate';
  return [...lines, ...grid([{ label: '', cell: '', side: 'left', text: note, tone: 'plain' }], style)];
}

/** The rows *checked* and *presented* alone. */
export function comparisonGrid(checked: string, presented: PresentedNames, style: Style): string[] {
  return compared([named('checked', checked, also(checked), 'plain')], checked, presented, style);
}

/** Whether there are more presented names than are shown when not all are asked for. */
export function hidesNames({ presented }: SixNames): boolean {
  return presented !== null && presented.dns.length + presented.ip.length > shownNames;
}

/** `rows` above what is presented, all of them at the edge where labels are to be compared. */
function compared(
  rows: readonly Row[],
  checked: string | null,
  presented: PresentedNames | null,
  style: Style,
  unsaid = false,
): string[] {
  const below = presentedRows(checked, presented, style, unsaid);
  const side = below.aligned ? sideFor(checked, style) : () => 'left' as const;
  const above = rows.map((row) => {
    const own = side(row.cell);
    return { ...row, side: own, over: own === 'right' && row.cell.endsWith('.') ? 1 : 0 };
  });
  const safe = [...above, ...below.rows].map((row) => ({
    ...row,
    cell: style.text(row.cell, 600),
    text: style.text(row.text),
  }));
  return grid(safe, style);
}

/** Only the names that share the last label with the one that is checked are worth comparing label by label. */
function sideFor(checked: string | null, style: Style): (cell: string) => Row['side'] {
  const last = lastLabel(checked ?? '');
  return (cell) =>
    last !== null && lastLabel(cell) === last && cell.length <= widestCell(style) ? 'right' : 'left';
}

function lastLabel(name: string): string | null {
  const read = readIdentifier(name);
  return typeof read === 'string' || read.kind === 'ip' ? null : (read.value.split('.').at(-1) ?? null);
}

function named(label: string, value: string | null, text: string, tone: Tone, from?: Origin): Row {
  const none = from === 'unknown' ? '(unknown)' : '(none)';
  return { label, cell: value === null ? none : asciiName(value) || '(empty)', side: 'left', text, tone };
}

/** A name that is the one asked for, unless something chose another. */
function chosen(label: string, name: ChosenName, asked: ChosenName, role: string): Row {
  if (sameText(name, asked)) return named(label, 'same', role, 'plain');
  if (asked.from === 'unknown' && name.value !== null) {
    return named(label, name.value, join([role, also(name.value)]), 'plain');
  }
  const parts = [role];
  if (name.value === null) parts.splice(0, 1, noneText(label, name));
  else if (sameName(name.value, asked.value ?? '')) parts.push('the name asked, spelled otherwise');
  else parts.push(`not the name asked: ${originText[name.from]}`, also(name.value));
  return named(label, name.value, join(parts), differs(name, asked) ? 'warn' : 'plain', name.from);
}

/** The Host header carries the port too, where it is not 443. */
function hostRow(host: ChosenName, asked: ChosenName): Row {
  const { value, from } = host;
  const [, name, port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/s.exec(value ?? '') ?? [];
  if (value === null || value === asked.value || name === undefined) return chosen('host', host, asked, '');
  const withPort = port === undefined ? '' : `with port ${port}`;
  if (sameText({ value: name, from }, asked)) return named('host', 'same', withPort, 'plain');
  const origin = from === 'host-header' ? 'set as Host header' : originText[from];
  return named('host', name, join([withPort, `not the name asked: ${origin}`, also(name)]), 'warn');
}

function noneText(label: string, { from }: ChosenName): string {
  if (from === 'unknown') return originText.unknown;
  if (label === 'host') return 'no Host header';
  return `no server name (SNI): ${originText[from]}`;
}

function askedText({ asked: { value, from }, dialled }: SixNames): string {
  // No error leaves the name open and knows where the socket went: a program does, over a tunnel.
  if (from === 'unknown' && dialled.from !== 'unknown') return 'nothing says where the tunnel leads';
  return join([originText[from], value === null ? '' : also(value)]);
}

function checkedText({ asked, sent, checked, presented }: SixNames): string {
  const { value, from } = checked;
  if (value === null && from === 'unknown') return originText.unknown;
  if (value === null) return 'no name is compared with the certificate';
  if (sameText(checked, asked)) return presented === null ? 'same' : 'same; compared with the certificate';
  if (sameName(value, asked.value ?? '')) return 'the name asked, spelled otherwise';
  if (asked.from === 'unknown') {
    return join([presented === null ? '' : 'compared with the certificate', also(value)]);
  }
  if (value === sent.value) return join(['the name sent, not the name asked', also(value)]);
  return join([`not the name asked: ${originText[from]}`, also(value)]);
}

function dialledCell({ address, host, port, from, through }: Dialled): string | null {
  if (through !== undefined) return addressAndPort(through, 0);
  if (address === null && from === 'unknown') return host === '' ? null : addressAndPort(host, port);
  return address === null ? '(nothing)' : addressAndPort(address, port);
}

/** How the address came about: `by DNS for gateway.example.com, alias of a, alias of b`. */
function dialledText({ asked, dialled }: SixNames): string {
  const { host, cnames, searchDomain, from, addresses, address, through, port } = dialled;
  if (through !== undefined) return `a proxy, which leads to ${addressAndPort(asciiName(host), port)}`;
  if (from === 'unknown')
    return host === '' ? originText.unknown : 'at an address that the error does not say';
  const other = asked.value === null || !sameName(host, asked.value);
  const parts = [originText[from]];
  if (other && from !== 'literal' && host !== address) parts[0] += `: ${bothNames(host)}`;
  if (searchDomain !== null) parts.push(`with the search domain ${printable(searchDomain)}`);
  if (cnames.length > 0) parts.push(`alias of ${cnames.map((name) => bothNames(name)).join(' → ')}`);
  if (addresses.length > 1) parts.push(`1 of ${addresses.length} addresses`);
  return parts.join(', ');
}

/** Whether both are shown as the same text. */
function sameText(a: ChosenName, b: ChosenName): boolean {
  return a.value !== null && b.value !== null && asciiName(a.value) === asciiName(b.value);
}

function differs(name: ChosenName, asked: ChosenName): boolean {
  return name.value !== null && asked.from !== 'unknown' && !sameName(name.value, asked.value ?? '');
}

function also(name: string): string {
  const unicode = unicodeName(name);
  return unicode === null ? '' : `also written ${unicode}`;
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('; ');
}
