/** Puts a text in a colour, or leaves it as it is. */
export type Paint = (text: string) => string;

/** The few colours of a report. They only underline what the words and marks already say. */
export interface Palette {
  readonly bad: Paint;
  readonly warn: Paint;
  readonly good: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

/** The palette with ANSI colours (SGR), or the one that changes nothing. */
export function palette(color: boolean): Palette {
  const paint = (on: number, off: number): Paint =>
    color ? (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`) : (text) => text;
  return {
    bad: paint(31, 39),
    warn: paint(33, 39),
    good: paint(32, 39),
    strong: paint(1, 22),
    faint: paint(2, 22),
  };
}
