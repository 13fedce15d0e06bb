import type { Style } from './style.ts';
import { columns, padLeft, padRight, wrap } from './wrap.ts';

/** How a row is coloured; its words say the same. */
export type Tone = 'bad' | 'warn' | 'good' | 'plain';

/** One row of the grid. */
export interface Row {
  /** What the row is; empty when it goes on with the one above. */
  readonly label: string;
  /** A name, or carets. Not broken while it fits. */
  readonly cell: string;
  /** At the right edge, where equal labels stand below each other, or at the left one. */
  readonly side: 'left' | 'right';
  /** Columns that hang over the right edge: the dot at the end of a name. */
  readonly over?: number;
  /** What there is to say of the cell; may be empty. */
  readonly text: string;
  readonly tone: Tone;
}

const indent = '  ';
const labelWidth = 'presented'.length;
/** Less room than this for words beside the names, and the words go below. */
const leastText = 22;
/** A name at the left edge does not make the column wider than this. */
const widestLeft = 26;
const gap = 3;

/** How wide a cell at the right edge can be; a column more is kept for a dot that hangs over. */
export function widestCell(style: Style): number {
  return roomFor(style) - 1;
}

/**
 * Names below each other and words beside them:
 *
 *     checked   │ api.eu.example.com   same as asked
 *     presented │      *.example.com
 *               │ ^^^                  “*” stands for exactly one label, and “eu” took it
 */
export function grid(rows: readonly Row[], style: Style): string[] {
  const room = roomFor(style);
  const aside = room - gap - leastText;
  const hang = widest(rows.map(({ over }) => over ?? 0));
  const widths = rows.map(
    ({ cell, side, over }) => columns(cell) + (side === 'right' ? hang - (over ?? 0) : 0),
  );
  const edge = widest(widths.filter((_, index) => rows[index]?.side === 'right'));
  const column = Math.max(edge, widest(widths.filter((width) => width <= Math.min(widestLeft, aside))));
  const beside = edge <= aside;
  return rows.flatMap((row) => {
    const paint = row.tone === 'plain' ? (text: string) => text : style.paint[row.tone];
    const lines: string[] = [];
    const put = (text: string): void => {
      lines.push((prefix(lines.length === 0 ? row.label : '', style) + text).trimEnd());
    };
    if (row.cell === '') {
      for (const line of wrap(row.text, room)) put(paint(line));
      return lines;
    }
    const cells =
      row.side === 'right'
        ? [padLeft(row.cell + ' '.repeat(hang - (row.over ?? 0)), edge)]
        : wrap(row.cell, room);
    const cell = cells.pop() ?? '';
    for (const line of cells) put(paint(line));
    if (row.text === '') {
      put(paint(cell.trimEnd()));
    } else if (beside && columns(cell) <= column && cells.length === 0) {
      const [first = '', ...rest] = wrap(row.text, room - column - gap);
      put(`${paint(padRight(cell, column))}${' '.repeat(gap)}${paint(first)}`);
      for (const line of rest) put(`${' '.repeat(column + gap)}${paint(line)}`);
    } else {
      put(paint(cell.trimEnd()));
      for (const line of wrap(row.text, room - gap)) put(`${' '.repeat(gap)}${paint(line)}`);
    }
    return lines;
  });
}

function roomFor(style: Style): number {
  return style.width - columns(prefix('', style));
}

function widest(widths: readonly number[]): number {
  return widths.reduce((most, width) => Math.max(most, width), 0);
}

function prefix(label: string, style: Style): string {
  return `${indent}${padRight(label, labelWidth)} ${style.text('│')} `;
}
