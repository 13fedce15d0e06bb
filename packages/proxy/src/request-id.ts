import { randomFillSync } from 'node:crypto';

const octetsOfId = 16;
const lengthOfId = 36;
/** How many are made at once. */
const count = 64;

const digits = Buffer.from('0123456789abcdef', 'latin1');
const random = Buffer.alloc(count * octetsOfId);
const text = Buffer.alloc(count * lengthOfId, '-');
let made = '';
let next = count;

/**
 * An id that nobody can guess: a UUID of version 4 (RFC 9562 §5.4). Many are made at once, as one string, of which each
 * is a part; those of `randomUUID` cost a request several times as much.
 */
export function makeId(): string {
  if (next === count) {
    make();
    next = 0;
  }
  const at = next++ * lengthOfId;
  return made.slice(at, at + lengthOfId);
}

function make(): void {
  randomFillSync(random);
  let at = 0;
  for (let index = 0; index < random.length; index++) {
    const place = index % octetsOfId;
    let octet = random[index] ?? 0;
    if (place === 6) octet = (octet & 0x0f) | 0x40;
    else if (place === 8) octet = (octet & 0x3f) | 0x80;
    if (place === 4 || place === 6 || place === 8 || place === 10) at++;
    text[at++] = digits[octet >> 4] ?? 0;
    text[at++] = digits[octet & 15] ?? 0;
  }
  made = text.toString('latin1');
  random.fill(0);
}
