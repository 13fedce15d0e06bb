import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../src/index.ts';

/** A text from the network, and what is printed of it. */
const table: readonly (readonly [string, string])[] = [
  ['example.com', 'example.com'],
  ['bücher 例え 😀 é', 'bücher 例え 😀 é'],
  ['a\0b', 'a\\x00b'],
  ['a\nb\r\tc', 'a\\x0ab\\x0d\\x09c'],
  ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\u009b31m', '\\x9b31m'],
  ['\u007f', '\\x7f'],
  ['a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
  ['a\u200bb\u200dc\ufeffd\u00ade', 'a\\u{200b}b\\u{200d}c\\u{feff}d\\xade'],
  ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['\ud800', '\\u{d800}'],
  ['\u{e0041}', '\\u{e0041}'],
  ['', ''],
];

for (const [text, expected] of table) {
  test(`${JSON.stringify(text)} is printed as ${expected}`, () => {
    assert.equal(printable(text), expected);
  });
}

test('a long text is cut, also in the middle of a character', () => {
  assert.equal(printable('a'.repeat(301)), `${'a'.repeat(300)}…`);
  assert.equal(printable('a'.repeat(300)), 'a'.repeat(300));
  assert.equal(printable('abc😀', 4), 'abc\\u{d83d}…');
});
