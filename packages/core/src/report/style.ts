import { printable } from '../names/printable.ts';
import { palette, type Palette } from './color.ts';

/** How a report for people looks. */
export interface StyleOptions {
  /** ANSI colours; false when not given. */
  readonly color?: boolean;
  /** ASCII characters only; false when not given. */
  readonly ascii?: boolean;
  /** Columns of the terminal, at least 40; 80 when not given. */
  readonly width?: number;
  /** Every name of the certificate instead of the 3 nearest. */
  readonly all?: boolean;
}

/** {@link StyleOptions} made ready for the parts of a report. */
export interface Style {
  readonly width: number;
  readonly all: boolean;
  readonly paint: Palette;
  /** Makes a text safe to print, at most `limit` UTF-16 units of it, in ASCII where that is asked for. */
  readonly text: (text: string, limit?: number) => string;
}

/** The style that the options ask for. */
export function styleOf(options: StyleOptions): Style {
  const text = options.ascii === true ? toAscii : printable;
  return {
    width: Math.max(40, Math.floor(options.width ?? 80)),
    all: options.all ?? false,
    paint: palette(options.color ?? false),
    text: (value, limit = 2000) => text(value, limit),
  };
}

const asciiSigns: Readonly<Record<string, string>> = {
  '✗': 'x',
  '✓': '+',
  '│': '|',
  '…': '...',
  '→': '->',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '·': '-',
  '–': '-',
  '—': '-',
};

function toAscii(text: string, limit: number): string {
  return printable(text, limit).replace(
    /[^\u0020-\u007e]/gu,
    (sign) => asciiSigns[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
