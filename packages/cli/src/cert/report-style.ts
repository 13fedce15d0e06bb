import { printable } from '@altname/core';

/** How a report of `altname cert` looks. */
export interface ReportStyle {
  readonly color: boolean;
  readonly ascii: boolean;
  /** Columns. */
  readonly width: number;
}

type Paint = (text: string) => string;

/** {@link ReportStyle} made ready: colours that only underline what the words say, and texts that are safe to print. */
export interface ReadyStyle {
  readonly bad: Paint;
  readonly warn: Paint;
  readonly good: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  /** Safe to print, at most 2000 UTF-16 units, in ASCII where that is asked for. */
  readonly text: (text: string) => string;
  readonly width: number;
}

export function readyStyle({ color, ascii, width }: ReportStyle): ReadyStyle {
  const paint = (on: number, off: number): Paint =>
    color ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  return {
    bad: paint(31, 39),
    warn: paint(33, 39),
    good: paint(32, 39),
    strong: paint(1, 22),
    faint: paint(2, 22),
    text: (text) => (ascii ? inAscii(printable(text, 2000)) : printable(text, 2000)),
    width: Math.max(40, width),
  };
}

const signs: Readonly<Record<string, string>> = {
  '…': '...',
  '→': '->',
  '✗': 'x',
  '✓': '+',
  '·': '-',
  '–': '-',
};

function inAscii(text: string): string {
  return text.replace(
    /[^\u0020-\u007e]/gu,
    (sign) => signs[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
