import { readIdentifier } from '../../names/identifier.ts';
import { dnsNameMatches } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const presentedNotAscii: FindingRule = rule({
  code: 'presented-not-ascii',
  severity: 'error',
  title: 'The name on the certificate is not in its ASCII form',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    for (const { reason, presented } of mismatches) {
      if (reason !== 'not-ascii') continue;
      const text = Buffer.from(presented.value, 'latin1').toString('utf8');
      const ascii = asciiForm(text) ?? asciiForm(presented.value);
      if (ascii !== null && dnsNameMatches(ascii, reference.value)) return { presented: text, ascii };
    }
    return null;
  },
  message: ({ presented, ascii }) =>
    `The certificate carries ${printable(presented)} in non-ASCII characters; a dNSName must hold the A-label form, ${ascii} (RFC 5280 §7.2).`,
  fixes: (_view, { ascii }) => [issueFor([ascii])],
});

function asciiForm(name: string): string | null {
  const wildcard = name.startsWith('*.');
  const read = readIdentifier(wildcard ? name.slice(2) : name);
  if (typeof read === 'string' || read.kind === 'ip') return null;
  return wildcard ? `*.${read.value}` : read.value;
}
