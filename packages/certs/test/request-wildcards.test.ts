import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { matchName, type PresentedNames } from '@altname/core';
import { coverWithWildcards, parseWantedName, type WantedName } from '@altname/certs';

const wanted = (...names: readonly string[]): WantedName[] => names.map((name) => parseWantedName(name));
const values = (names: readonly WantedName[]): string[] => names.map(({ value }) => value);

/** A certificate with these names, as the matching sees it. */
function presented(names: readonly WantedName[]): PresentedNames {
  const of = (wantedKind: string): string[] =>
    names.flatMap(({ kind, value }) => (kind === wantedKind ? [value] : []));
  return { san: 'present', dns: of('dns'), ip: of('ip'), others: [], commonNames: [] };
}

/** Whether a name works on a certificate; a wildcard when any name that it stands for does. */
const works = (name: WantedName, names: readonly WantedName[]): boolean =>
  matchName(name.value.replace(/^\*/, 'any-host'), presented(names)).matches;

describe('the fewest wildcards', () => {
  for (const [given, expected, why] of [
    [['a.x.test', 'b.x.test'], ['*.x.test'], 'two of one parent'],
    [['a.x.test', 'x.test'], ['a.x.test', 'x.test'], 'one saves nothing, and does not stand for the parent'],
    [['a.x.test', 'b.x.test', 'x.test'], ['*.x.test', 'x.test'], 'the parent stays'],
    [['a.x.test', 'b.c.x.test'], ['a.x.test', 'b.c.x.test'], 'one label, not two'],
    [['a.x.test', 'b.y.test'], ['a.x.test', 'b.y.test'], 'different parents'],
    [['*.x.test', 'a.x.test'], ['*.x.test'], 'one that was asked for takes in what it covers'],
    [['a.test', 'b.test'], ['a.test', 'b.test'], 'nothing over one label'],
    [['a.co.uk', 'b.co.uk'], ['a.co.uk', 'b.co.uk'], 'nothing over a public suffix'],
    [['a.com.xy', 'b.com.xy'], ['a.com.xy', 'b.com.xy'], 'nor over what looks like one'],
    [['a.github.io', 'b.github.io'], ['a.github.io', 'b.github.io'], 'nor over one of a company'],
    [
      ['a.duckdns.org', 'b.duckdns.org'],
      ['a.duckdns.org', 'b.duckdns.org'],
      'nor over that of a dynamic DNS',
    ],
    [
      ['a.b.s3.amazonaws.com', 'c.b.s3.amazonaws.com'],
      ['a.b.s3.amazonaws.com', 'c.b.s3.amazonaws.com'],
      'nor on a platform',
    ],
    [['a.home.arpa', 'b.home.arpa'], ['a.home.arpa', 'b.home.arpa'], 'nor over that of every home'],
    [['a.me.github.io', 'b.me.github.io'], ['*.me.github.io'], 'below a public suffix it is somebody’s own'],
    [['10.0.0.1', '10.0.0.2'], ['10.0.0.1', '10.0.0.2'], 'addresses have none'],
    [['a', 'b'], ['a', 'b'], 'single labels have none'],
    [['A.x.test', 'a.x.test.'], ['a.x.test'], 'the same name twice is one'],
  ] as const) {
    it(`${given.join(' ')}: ${why}`, () => {
      assert.deepEqual(values(coverWithWildcards(wanted(...given)).names), expected);
    });
  }

  it('are taken only where they replace as many as asked', () => {
    const names = wanted('a.x.test', 'b.x.test', 'a.y.test', 'b.y.test', 'c.y.test');
    assert.deepEqual(values(coverWithWildcards(names, { least: 3 }).names), [
      'a.x.test',
      'b.x.test',
      '*.y.test',
    ]);
  });

  it('say what they expose, those that were asked for as well', () => {
    const { wildcards } = coverWithWildcards(wanted('a.x.test', 'b.x.test', '*.y.test'));
    assert.deepEqual(
      wildcards.map(({ name, replaces }) => [name.value, values(replaces)]),
      [
        ['*.x.test', ['a.x.test', 'b.x.test']],
        ['*.y.test', []],
      ],
    );
    assert.equal(
      wildcards[0]?.exposes,
      'any host directly under x.test, including ones that do not exist yet; not x.test itself, not a.b.x.test. Whoever holds this key can stand for all of them',
    );
  });

  it('cover every name, add none that was not asked for without saying so, and are the fewest', () => {
    const random = randomNumbers(20261128);
    for (let round = 0; round < 3000; round++) {
      const names = randomNames(random);
      const { names: cover, wildcards } = coverWithWildcards(names);
      for (const name of names) assert.ok(works(name, cover), `${name.value} by ${values(cover).join(' ')}`);
      const told = new Set([...values(names), ...wildcards.map(({ name }) => name.value)]);
      for (const name of cover) assert.ok(told.has(name.value), name.value);
      for (const { name, replaces } of wildcards) {
        for (const each of replaces) assert.ok(works(each, [name]), `${each.value} by ${name.value}`);
      }
      assert.equal(cover.length, fewest(names), values(names).join(' '));
    }
  });
});

/** By trying every set: names themselves, and a wildcard over every parent that may have one. */
function fewest(names: readonly WantedName[]): number {
  const parents = names
    .filter(({ kind, value }) => kind === 'dns' && value.split('.').length > 2)
    .map(({ value }) => value.slice(value.indexOf('.') + 1))
    .filter((parent) => !['co.uk', 'x', 'test'].includes(parent));
  const candidates = [
    ...new Map(
      [...names, ...parents.map((parent): WantedName => ({ kind: 'dns', value: `*.${parent}` }))].map(
        (name) => [name.value, name],
      ),
    ).values(),
  ];
  const covers = candidates.map((candidate) =>
    names.reduce((bits, name, index) => (works(name, [candidate]) ? bits | (1 << index) : bits), 0),
  );
  const all = (1 << names.length) - 1;
  let best = names.length;
  for (let set = 1; set < 1 << candidates.length; set++) {
    let [bits, count] = [0, 0];
    for (let index = 0; index < candidates.length; index++) {
      if ((set & (1 << index)) !== 0) [bits, count] = [bits | (covers[index] ?? 0), count + 1];
    }
    if (bits === all && count < best) best = count;
  }
  return best;
}

function randomNames(random: (below: number) => number): WantedName[] {
  const labels = ['a', 'b', 'c'];
  const ends = ['x.test', 'y.x.test', 'co.uk', 'test', 'z.co.uk'];
  const names = Array.from({ length: 1 + random(5) }, () => {
    const kind = random(12);
    if (kind === 0) return `10.0.0.${random(3)}`;
    if (kind === 1) return labels[random(3)] ?? '';
    if (kind === 2) return '*.x.test';
    return `${labels[random(3)]}.${ends[random(5)]}`;
  });
  return wanted(...new Set(names));
}

/** The same numbers each time, from 0 to below (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
