import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchTable } from './match-table.ts';
import { keyOf, observe, readDocs, readRecorded, renderDocs } from './node-differences.ts';

const recorded = readRecorded();
// A patch version that was not asked is compared with its line.
const line = process.versions.node.split('.')[0] ?? '';
const withoutLine = !(line in recorded.versions) && `Node ${line} is not a line that was asked`;

test(
  `Node ${line} differs from the match table where it is recorded, and nowhere else`,
  { skip: withoutLine },
  () => {
    const listed = recorded.differences.filter(({ lines }) => lines.includes(line)).map(keyOf);
    const observed = observe().map(keyOf);
    assert.deepEqual(
      observed.filter((key) => !listed.includes(key)),
      [],
      'not recorded',
    );
    assert.deepEqual(
      listed.filter((key) => !observed.includes(key)),
      [],
      'stale',
    );
  },
);

test('every difference is of a row of the table, stands once, and has a reason and its lines', () => {
  const rows = new Map(
    Object.values(matchTable)
      .flat()
      .map(([presented, reference, matches]) => [JSON.stringify([presented, reference]), matches]),
  );
  const seen = new Set<string>();
  const used = new Set<string>();
  for (const difference of recorded.differences) {
    const { presented, reference, check, accepts, lines, reason } = difference;
    const matches = rows.get(JSON.stringify([presented, reference]));
    assert.notEqual(matches, undefined, keyOf(difference));
    if (check === 'checkServerIdentity') assert.equal(matches, !accepts, keyOf(difference));
    assert.ok(!seen.has(keyOf(difference)), keyOf(difference));
    seen.add(keyOf(difference));
    assert.ok(reason in recorded.reasons, keyOf(difference));
    used.add(reason);
    assert.ok(lines.length > 0 && lines.every((one) => one in recorded.versions), keyOf(difference));
  }
  assert.deepEqual([...used].sort(), Object.keys(recorded.reasons).sort());
});

test('docs/node-versions.md is made from the data', () => {
  assert.equal(readDocs(), renderDocs(recorded), 'run node packages/core/build/test/node-differences.js');
});
