import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkServerIdentity, matchName, readCertificate } from '../src/index.ts';
import { nameVerdict } from './limbo-verdict.ts';
import { betterTls, limbo, withoutBetterTls, withoutLimbo } from './suites.ts';

/** A case of x509-limbo where names alone decide otherwise than a verifier of whole paths. */
interface Divergence {
  readonly id: string;
  readonly expected: string;
  readonly decided: string;
  readonly reason: string;
}

const divergences = JSON.parse(
  readFileSync(new URL('../../test/limbo-divergences.json', import.meta.url), 'utf8'),
) as readonly Divergence[];

/** The categories that names alone decide: no divergence is allowed there. */
const decidedByNames = ['name-match', 'name-mismatch', 'name-constraints-ok'];

test('x509-limbo: the 71 cases that names decide', { skip: withoutLimbo }, () => {
  const cases = (limbo ?? []).filter(({ category }) => decidedByNames.includes(category));
  assert.equal(cases.length, 71);
  for (const one of cases) assert.equal(nameVerdict(one), one.expected, one.id);
});

test('x509-limbo: every other case, or its divergence with a reason', { skip: withoutLimbo }, () => {
  const listed = new Map(divergences.map((divergence) => [divergence.id, divergence]));
  for (const one of limbo ?? []) {
    const decided = nameVerdict(one);
    const divergence = listed.get(one.id);
    if (decided === one.expected) {
      assert.equal(divergence, undefined, `stale divergence: ${one.id} is decided as expected`);
    } else {
      assert.ok(divergence, `unlisted divergence: ${one.id} (${one.category}), ${decided}`);
      assert.deepEqual([divergence.expected, divergence.decided], [one.expected, decided], one.id);
      assert.ok(!decidedByNames.includes(one.category), one.id);
    }
    listed.delete(one.id);
  }
  assert.deepEqual([...listed.keys()], [], 'stale divergences: no such case');
});

test('every divergence has a reason, and stands once', () => {
  for (const { id, reason } of divergences) assert.ok(reason.length > 20, id);
  assert.equal(new Set(divergences.map(({ id }) => id)).size, divergences.length);
});

test('BetterTLS: 477 of 477', { skip: withoutBetterTls }, () => {
  let right = 0;
  for (const { id, peer, leafNameExpected, leafDerB64 } of betterTls ?? []) {
    const raw = Buffer.from(leafDerB64, 'base64');
    const matches = leafNameExpected === 'match';
    assert.equal(matchName(peer.value, readCertificate(raw).names).matches, matches, id);
    assert.equal(checkServerIdentity(peer.value, { raw }) === undefined, matches, id);
    right++;
  }
  assert.equal(right, 477);
});
