import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import type { Attempt, Outcome, Purpose } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';
import { shortFingerprint } from './facts.ts';
import { outcomeText } from './outcome.ts';
import { addressAndPort, asciiName, bothNames, count } from './spelling.ts';

/**
 * What the other attempts showed, a line each: `with server name x → certificate x, matches x ✓, trusted`. Attempts of one
 * purpose with one result share a line.
 */
export function attemptLines(diagnosis: Diagnosis): string[] {
  const [first, ...others] = diagnosis.attempts;
  if (first === undefined) return [];
  const groups = new Map<string, { purpose: Purpose; result: string; how: string[] }>();
  for (const attempt of others) {
    const result = resultText(attempt, first, diagnosis);
    if (attempt.purpose === 'as-sent' && result === sameCertificate) continue;
    const key = `${attempt.purpose} ${result}`;
    const group = groups.get(key) ?? { purpose: attempt.purpose, result, how: [] };
    const how = howText(attempt);
    if (!group.how.includes(how)) group.how.push(how);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ purpose, result, how }) => {
    const lead = [purposeText[purpose], how.join(', ')].filter((part) => part !== '').join(' ');
    return `${lead} → ${result}`;
  });
}

/** Why an attempt was made, as the beginning of a line. */
export const purposeText: Readonly<Record<Purpose, string>> = {
  client: 'once more',
  'no-server-name': 'without a server name',
  'asked-name': 'with server name',
  'normal-name': 'with server name',
  'alias-name': 'with server name',
  'other-address': 'at',
  'default-roots': 'with the default roots',
  'as-sent': 'reading the chain as it is sent',
  plain: 'in plain text',
};

function howText({ purpose, sent, address, port }: Attempt): string {
  switch (purpose) {
    case 'asked-name':
    case 'normal-name':
      return sent === null ? '' : bothNames(sent);
    case 'alias-name':
      return sent === null ? '' : `${bothNames(sent)}, the DNS alias`;
    case 'other-address':
      return address === null ? `port ${port}` : addressAndPort(address, port);
    default:
      return '';
  }
}

type Handshake = Extract<Outcome, { kind: 'handshake' }>;

const sameCertificate = 'the same certificate';

function resultText({ outcome, sent }: Attempt, first: Attempt, diagnosis: Diagnosis): string {
  if (outcome.kind !== 'handshake') return outcomeText(outcome).join(', ');
  const parts = [leafText(outcome, first, diagnosis)];
  const before = first.outcome.kind === 'handshake' ? first.outcome : null;
  const changed = before === null || before.chain[0] !== outcome.chain[0];
  const matches = diagnosis.otherLeaves?.[outcome.chain[0] ?? '']?.matches;
  const wanted = sent ?? diagnosis.names.asked.value;
  if (matches !== undefined && wanted !== null) {
    parts.push(
      matches.includes(wanted) ? `matches ${asciiName(wanted)} ✓` : `does not match ${asciiName(wanted)} ✗`,
    );
  }
  if (changed || (before.chainError === null) !== (outcome.chainError === null)) {
    parts.push(
      outcome.chainError === null
        ? 'trusted'
        : `not trusted (${printable(outcome.chainError.code ?? '?', 60)})`,
    );
  }
  if (outcome.alertAfter !== null) parts.push(...outcomeText(outcome).slice(-1));
  return parts.join(', ');
}

function leafText(outcome: Handshake, first: Attempt, diagnosis: Diagnosis): string {
  const leaf = outcome.chain[0];
  if (leaf === undefined) return 'no certificate';
  if (first.outcome.kind === 'handshake' && first.outcome.chain[0] === leaf) return sameCertificate;
  const known = diagnosis.otherLeaves?.[leaf];
  if (known === undefined || known.count === 0) {
    const named = known === undefined ? '' : `${printable(known.subject, 100)}, `;
    const article = first.outcome.kind === 'handshake' ? 'another' : 'a';
    return `${article} certificate (${named}sha256 ${shortFingerprint(leaf)})`;
  }
  const shown = known.names.slice(0, 3).map((name) => printable(asciiName(name), 100));
  const more = known.count > shown.length ? ` and ${count(known.count - shown.length)} more` : '';
  return `certificate ${shown.join(', ')}${more}`;
}
