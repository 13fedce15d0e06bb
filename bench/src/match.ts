import { X509Certificate } from 'node:crypto';
import { checkServerIdentity as nodeCheck, type PeerCertificate } from 'node:tls';
import { matchName, readCertificate } from '@altname/core';
import { leafFor } from './certificates.ts';
import { lastResult, measure, type Contender } from './measure.ts';
import { printRatios, type Ratio } from './table.ts';

/**
 * `matchName` against `tls.checkServerIdentity`. The peer is given the object Node made of the certificate, for
 * nothing; ours is measured with the certificate read from DER every time (`fresh`), with the names of a certificate
 * that was read but never asked (`first`, at 1 name), and with names that were asked before (`prepared`).
 */
const hostCount = 1024;

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    i % 10 === 9 ? `*.w${i}.tenants.example.com` : `tenant-${i}.shop.example.com`,
  );
}

/** Names that are on the certificate, and as many that are not; spread over it, so that no place is special. */
function hosts(names: readonly string[], hit: boolean): string[] {
  return Array.from({ length: hostCount }, (_, i) => {
    const name = (names[(i * 7919) % names.length] ?? '').replace('*', `app${i}`);
    return hit ? name : name.replace('.example.com', i % 2 === 0 ? '.example.org' : `-${i}.example.com`);
  });
}

/** Asks for every host in turn, and holds the answers to what they should be. */
function over(
  asked: readonly string[],
  hit: boolean,
  check: (host: string) => boolean,
): (times: number) => number {
  return (times) => {
    let matched = 0;
    for (let i = 0; i < times; i++) if (check(asked[i % hostCount] ?? '')) matched++;
    if (matched !== (hit ? times : 0)) throw new Error(`${matched} of ${times} matched`);
    return matched;
  };
}

const ratios: Ratio[] = [];
const prepared: Contender[] = [];
for (const count of [1, 100, 10_000]) {
  const names = namesOf(count);
  const der = await leafFor(names);
  const legacy = new X509Certificate(der).toLegacyObject() as unknown as PeerCertificate;
  const kept = readCertificate(der).names;
  for (const hit of [true, false]) {
    const asked = hosts(names, hit);
    const contenders = [
      { name: 'node', run: over(asked, hit, (host) => nodeCheck(host, legacy) === undefined) },
      { name: 'fresh', run: over(asked, hit, (host) => matchName(host, readCertificate(der).names).matches) },
      { name: 'prepared', run: over(asked, hit, (host) => matchName(host, kept).matches) },
    ];
    const medians = measure(contenders);
    const row = (name: string, goal: number | null): Ratio => ({
      what: `${count} ${count === 1 ? 'name' : 'names'}, ${hit ? 'hit' : 'miss'}, ${name}`,
      ours: medians.get(name) ?? Number.NaN,
      peer: medians.get('node') ?? Number.NaN,
      goal,
    });
    ratios.push(row('fresh', count === 1 ? null : 0.2), row('prepared', count === 1 ? 0.33 : 0.02));
    prepared.push({
      name: `${count} ${hit}`,
      run: over(asked, hit, (host) => matchName(host, kept).matches),
    });
  }
}
printRatios('matchName / tls.checkServerIdentity', ratios);

// Flat in the number of names, apart from what a larger table costs the processor's caches.
const flat = measure(prepared);
printRatios(
  'one lookup in prepared names: 10,000 names / 100 names',
  [true, false].map((hit) => ({
    what: hit ? 'hit' : 'miss',
    ours: flat.get(`10000 ${hit}`) ?? Number.NaN,
    peer: flat.get(`100 ${hit}`) ?? Number.NaN,
    goal: 2,
  })),
);
if (lastResult() === undefined) throw new Error('nothing was measured');
