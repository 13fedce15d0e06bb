import { foldAscii } from '../../names/presented.ts';
import { formProblem } from '../../names/mismatch.ts';
import { printable } from '../../names/printable.ts';
import { ifItIsTheServerYouMean, issueFor, useHost } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

/** Domains inside which people leave the end of a name out. `example.com` is not short for `example.com.au`. */
const insideDomains =
  /(?:^|\.)(?:svc|svc\..+|cluster\.local|local|internal|lan|corp|intra|intranet|private|localdomain|home\.arpa|consul|test)$/;

export const shortName: FindingRule = rule({
  code: 'short-name',
  severity: 'error',
  title: 'One side has the short name, the other the whole one',
  find: ({ reference, mismatches, evidence, chainError }) => {
    if (reference?.kind !== 'dns') return null;
    const name = reference.value;
    for (const { presented } of mismatches) {
      if (
        presented.kind !== 'dns' ||
        presented.value.startsWith('*') ||
        formProblem(presented.value) !== null
      )
        continue;
      const other = foldAscii(presented.value);
      const askedShort = other.startsWith(`${name}.`);
      const [short, whole] = askedShort ? [name, other] : [other, name];
      if (!whole.startsWith(`${short}.`) || (short.includes('.') && !insideDomains.test(whole))) continue;
      const { host, searchDomain } = evidence.names.dialled;
      const byOwnSearch = searchDomain !== null && `${host}.${searchDomain}` === other && chainError === null;
      return { name, presented: other, askedShort, byOwnSearch };
    }
    return null;
  },
  message: ({ name, presented, askedShort }) =>
    askedShort
      ? `${printable(name)} is the short form of ${printable(presented)} on the certificate; names are compared whole, search domains do not count.`
      : `The certificate carries only the short form ${printable(presented)} of ${printable(name)}; names are compared whole.`,
  fixes: (_view, { name, presented, byOwnSearch }) => [
    byOwnSearch ? useHost(presented, 'certain') : useHost(presented, 'likely', ifItIsTheServerYouMean),
    issueFor([name, presented], 'likely'),
  ],
});
