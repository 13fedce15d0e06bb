import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestWord } from '@altname/core';

const known = ['check', 'match', 'timeouts', 'upstreams', 'no-color', 'CA'];

describe('nearestWord', () => {
  for (const [written, expected] of [
    ['chekc', 'check'],
    ['chck', 'check'],
    ['checkk', 'check'],
    ['Check', 'check'],
    ['timeout', 'timeouts'],
    ['ups', 'upstreams'],
    ['nocolor', 'no-color'],
    ['ca', 'CA'],
    ['mtach', 'match'],
    ['zzzz', null],
    ['m', null],
    ['', null],
    ['12', null],
    [`${'a'.repeat(100_000)}check`, null],
  ] as const) {
    it(`${written.slice(0, 20)}: ${expected ?? 'none'}`, () => {
      assert.equal(nearestWord(written, known), expected);
    });
  }

  it('none of no words', () => assert.equal(nearestWord('check', []), null));
});
