import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

// The long run is `node packages/core/build/test/fuzz.js`, a million cases.
test('20,000 mutated certificates and identifiers: nothing thrown but AltnameError, no wrong name accepted', (t) => {
  const seed = Date.now() % 2 ** 31;
  const result = fuzz(20_000, seed);
  t.diagnostic(`${result.cases} cases, seed ${seed}`);
  assert.equal(result.cases, 20_000);
  // A fuzzer that only makes garbage tests nothing.
  assert.ok(
    result.certificates > 1000 && result.matches > 200 && result.identifiers > 1000,
    JSON.stringify(result),
  );
});
