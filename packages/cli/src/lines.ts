import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line of a stream. `cut` says that it was longer than the limit: then `text` is its beginning. */
export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  readonly cut: boolean;
}

/**
 * The lines of a stream, with memory bounded by `longest` (in UTF-16 units) however long a line is. The stream is read
 * no faster than the lines are taken.
 */
export async function* readLines(stream: Readable, longest: number): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let held = '';
  let cut = false;
  let number = 0;
  const finish = (text: string): Line => {
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const line = { text: whole.slice(0, longest), number: ++number, cut: cut || whole.length > longest };
    cut = false;
    return line;
  };
  for await (const chunk of stream) {
    const text = decoder.write(chunk as Buffer);
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      yield finish(held + text.slice(from, at));
      held = '';
      from = at + 1;
    }
    held += text.slice(from);
    if (held.length > longest) {
      held = held.slice(0, longest);
      cut = true;
    }
  }
  held += decoder.end();
  if (held !== '') yield finish(held);
}
