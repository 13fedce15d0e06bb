import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { findingGroups } from '@altname/core';
import { startEstate } from '../src/estate.ts';
import { exhibits } from '../src/evidence/all.ts';
import { visitExhibits, visitServers, type Visit } from '../src/visit.ts';

const began = performance.now();
const estate = await startEstate();
const startTime = performance.now() - began;
after(() => estate.close());

const visits = [...(await visitServers(estate)), ...(await visitExhibits(estate))];

describe('the estate', () => {
  it('starts quickly', () => {
    // Alone on a machine it takes one second; the whole suite runs beside it.
    assert.ok(startTime < 10_000, `${Math.round(startTime)} ms`);
  });

  it('has a server or an exhibit for every code of the catalogue, under its group', () => {
    for (const [group, codes] of Object.entries(findingGroups)) {
      for (const code of codes) {
        assert.ok(
          visits.some((visit) => visit.group === group && visit.name.split(':')[0] === code),
          `${code} in ${group}`,
        );
      }
    }
  });

  it('has no server for a code that is not in the catalogue', () => {
    const codes = new Set<string>(['healthy', ...Object.values(findingGroups).flat()]);
    for (const { name } of visits) assert.ok(codes.has(name.split(':')[0] ?? ''), name);
  });

  it('has no two servers of one name', () => {
    assert.equal(new Set(visits.map(({ name }) => name)).size, visits.length);
  });

  it('says why a code is only an exhibit', () => {
    for (const { name, reason } of exhibits) assert.match(reason, /^only /, name);
  });
});

for (const group of new Set(visits.map((visit) => visit.group))) {
  describe(`the diagnosis of ${group}`, () => {
    for (const visit of visits) if (visit.group === group) diagnosed(visit);
  });
}

function diagnosed({ name, title, diagnosis, wrong, note }: Visit): void {
  it(`${name}: ${title}`, { skip: diagnosis === null ? (note ?? true) : false }, () => {
    assert.deepEqual(wrong, [], JSON.stringify(diagnosis?.findings, null, 2));
  });
}
