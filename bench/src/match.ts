import { X509Certificate } from 'node:crypto';
import { checkServerIdentity as nodeCheck, type PeerCertificate } from 'node:tls';
import { matchName, readCertificate } from '@altname/core';
import { leafFor } from './certificates.ts';
import { lastResult, measure } from './measure.ts';
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

const ratios: Ratio[] = [];
const prepared = new Map<number, number>();
for (const count of [1, 100, 10_000]) {
  const names = namesOf(count);
  const der = await leafFor(names);
  const legacy = new X509Certificate(der).toLegacyObject() as unknown as PeerCertificate;
  const kept = readCertificate(der).names;
  for (const hit of [true, false]) {
    const asked = hosts(names, hit);
    const over = (check: (host: string) => boolean) => (times: number) => {
      let matched = 0;
      for (let i = 0; i < times; i++) if (check(asked[i % hostCount] ?? '')) matched++;
      if (matched !== (hit ? times : 0)) throw new Error(`${matched} of ${times} matched`);
      return matched;
    };
    const medians = measure([
      { name: 'node', run: over((host) => nodeCheck(host, legacy) === undefined) },
      { name: 'fresh', run: over((host) => matchName(host, readCertificate(der).names).matches) },
      { name: 'prepared', run: over((host) => matchName(host, kept).matches) },
    ]);
    const row = (name: string, goal: number | null): Ratio => ({
      what: `${count} ${count === 1 ? 'name' : 'names'}, ${hit ? 'hit' : 'miss'}, ${name}`,
      ours: medians.get(name) ?? Number.NaN,
      peer: medians.get('node') ?? Number.NaN,
      goal,
    });
    ratios.push(row('fresh', count === 1 ? null : 0.2), row('prepared', count === 1 ? 0.33 : 0.02));
    if (hit) prepared.set(count, medians.get('prepared') ?? Number.NaN);
  }
}
printRatios('matchName / tls.checkServerIdentity', ratios);
printRatios('one lookup in prepared names: 10,000 / 100 names', [
  { what: 'hit', ours: prepared.get(10_000) ?? Number.NaN, peer: prepared.get(100) ?? Number.NaN, goal: 2 },
]);
if (lastResult() === undefined) throw new Error('nothing was measured');
