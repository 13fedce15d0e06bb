import { Scalar } from 'yaml';
import { Passage } from '../text/passage.ts';

/** The text of a scalar, and where it stands in the file. */
export function passageOf(text: string, scalar: Scalar): Passage {
  const [start, end] = scalar.range ?? [0, 0];
  const value = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? '');
  const raw = text.slice(start, end);
  if (raw === value) return Passage.at(value, start);
  if (raw.slice(1, -1) === value) return Passage.at(value, start + 1);
  let places: readonly number[] | undefined;
  return new Passage(value, (index) => {
    places ??= placesOf(value, raw, scalar.type === Scalar.QUOTE_DOUBLE);
    return start + (places[index] ?? raw.length);
  });
}

/**
 * Where each character of a value stands in what was written. Every character but white space is written in its order,
 * as it is or as an escape; line ends and indentation come and go.
 */
function placesOf(value: string, raw: string, hasEscapes: boolean): readonly number[] {
  // Behind the sign of a block, which may have a comment, or the quote.
  const isBlock = /^[|>]/.test(raw);
  let at = isBlock ? raw.indexOf('\n') + 1 : 0;
  const places: number[] = [];
  let isInEscape = 0;
  for (let index = 0; index < value.length; index++) {
    const sign = value.charAt(index);
    if (isWhite(sign)) {
      places.push(at);
      if (raw.charAt(at) === sign) at++;
      continue;
    }
    if (isInEscape > 0) {
      places.push(places.at(-1) ?? at);
      isInEscape--;
      continue;
    }
    for (;;) {
      const length = hasEscapes && raw.charAt(at) === '\\' ? escapeLength(raw, at) : 1;
      if (length === 1 && raw.charAt(at) !== sign && at < raw.length) {
        at++;
        continue;
      }
      const isWhiteEscape = length > 1 && /^\\[nrt \t\r\n]/.test(raw.slice(at, at + 2));
      places.push(at);
      at += length;
      if (isWhiteEscape) {
        places.pop();
        continue;
      }
      // A sign beyond 16 bits is one escape, and two units.
      if (length === 10 && /[\uD800-\uDBFF]/.test(sign)) isInEscape = 1;
      break;
    }
  }
  return places;
}

function isWhite(sign: string): boolean {
  return sign === ' ' || sign === '\n' || sign === '\t' || sign === '\r';
}

function escapeLength(raw: string, at: number): number {
  const letter = raw.charAt(at + 1);
  return letter === 'x' ? 4 : letter === 'u' ? 6 : letter === 'U' ? 10 : 2;
}
