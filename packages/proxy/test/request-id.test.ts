import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '../src/request-id.ts';

test('ids are UUIDs of version 4, and no two are alike, however many are made at once', () => {
  const ids = Array.from({ length: 1000 }, () => makeId());
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
  // Each digit that is random takes each of its values.
  const places = [...(ids[0] ?? '')].flatMap((character, at) =>
    character === '-' || at === 14 || at === 19 ? [] : [at],
  );
  for (const at of places) assert.equal(new Set(ids.map((id) => id[at])).size, 16, `place ${at}`);
});
