import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { readCertificate } from '@altname/core';
import { leafFor } from './certificates.ts';
import { lastResult, measure } from './measure.ts';
import { printRatios, type Ratio } from './table.ts';

/**
 * `readCertificate(der).names.dns` against Node's `new X509Certificate(der).subjectAltName` and `@peculiar/x509`: the
 * names of a certificate, from its octets. Ours has then walked and checked the whole structure; the others hand over a
 * text or objects from which the names are still to be picked. `all facts` also reads every other field of it.
 */
const distinct = 200;

function namesOf(site: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `n${n}.site-${site}.example.com`);
}

const ratios: Ratio[] = [];
for (const count of [1, 2, 25, 100]) {
  const certificates = await Promise.all(
    Array.from({ length: distinct }, (_, i) => leafFor(namesOf(i, count), i + 1)),
  );
  const over = (read: (der: Uint8Array) => number) => (times: number) => {
    let length = 0;
    for (let i = 0; i < times; i++) length += read(certificates[i % distinct] as Uint8Array);
    return length;
  };
  const medians = measure([
    { name: 'names', run: over((der) => readCertificate(der).names.dns.length) },
    { name: 'all facts', run: over((der) => readCertificate(der).toJSON().serialNumber.length) },
    { name: 'node', run: over((der) => new X509Certificate(der).subjectAltName?.length ?? 0) },
    {
      name: 'peculiar',
      run: over(
        (der) =>
          new x509.X509Certificate(der).getExtension(x509.SubjectAlternativeNameExtension)?.names.items
            .length ?? 0,
      ),
    },
  ]);
  const row = (ours: string, peer: string, goal: number | null): Ratio => ({
    what: `${count} ${count === 1 ? 'name' : 'names'}, ${ours} / ${peer}`,
    ours: medians.get(ours) ?? Number.NaN,
    peer: medians.get(peer) ?? Number.NaN,
    goal,
  });
  ratios.push(row('names', 'node', 0.15), row('names', 'peculiar', 0.1), row('all facts', 'node', null));
}
printRatios('readCertificate / X509Certificate and @peculiar/x509', ratios);
if (lastResult() === undefined) throw new Error('nothing was measured');
