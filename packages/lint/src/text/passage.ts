import type { Found } from '../text-file.ts';

/** What is wrong with a text, wherever it stands. */
export type Fault = Omit<Found, 'start' | 'end'>;

/**
 * A text as its program gets it, taken out of a file: without the quotes, escapes, indentation and line ends around it.
 * It knows where in the file each of its characters stands.
 */
export class Passage {
  readonly text: string;
  readonly #offsetOf: (index: number) => number;

  /** @param offsetOf the offset in the file of a character of the text */
  constructor(text: string, offsetOf: (index: number) => number) {
    this.text = text;
    this.#offsetOf = offsetOf;
  }

  /** A text that stands in the file as it is. */
  static at(text: string, offset: number): Passage {
    return new Passage(text, (index) => offset + index);
  }

  /** A text of which only is known where it begins and ends. */
  static within(text: string, start: number, end: number): Passage {
    return new Passage(text, (index) => (index < text.length ? start : end - 1));
  }

  /** Offset in the file of a character. */
  offsetOf(index: number): number {
    return this.#offsetOf(index);
  }

  get start(): number {
    return this.#offsetOf(0);
  }

  /** The first offset in the file behind it. */
  get end(): number {
    return this.endOf(this.text.length);
  }

  /** The first offset in the file behind a part that ends before `index`. */
  endOf(index: number): number {
    return index === 0 ? this.start : this.#offsetOf(index - 1) + 1;
  }

  slice(start: number, end: number = this.text.length): Passage {
    return new Passage(this.text.slice(start, end), (index) => this.#offsetOf(start + index));
  }

  /** Another text of the same length in its place. */
  with(text: string): Passage {
    return new Passage(text, this.#offsetOf);
  }

  /**
   * A text that is made of a part of this one, and has its characters in their order but for signs that were taken
   * away.
   *
   * @param text what was made
   * @param start where the part begins
   * @param end the first one behind it
   */
  made(text: string, start: number, end: number): Passage {
    if (this.text.startsWith(text, start)) {
      return new Passage(text, (index) => this.#offsetOf(start + index));
    }
    let at = start;
    const places = Array.from({ length: text.length }, (_, index) => {
      const next = this.text.indexOf(text.charAt(index), at);
      if (next === -1 || next >= end) return Math.min(at, end - 1);
      at = next + 1;
      return next;
    });
    return new Passage(text, (index) => this.#offsetOf(places[index] ?? Math.max(start, end - 1)));
  }

  /** Places a fault on the whole of it. */
  found(fault: Fault): Found {
    return { ...fault, start: this.start, end: this.end };
  }
}
