import { printable, type CertificateFacts } from '@altname/core';
import { wrapBehind } from '../wrap.ts';
import type { ChainReport } from './chain.ts';

/** How an inspection looks. */
export interface InspectStyle {
  readonly color: boolean;
  readonly ascii: boolean;
  readonly all: boolean;
  /** Columns. */
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Names shown of each certificate, unless all are asked for. */
const mostNames = 8;
/** Authorities shown one by one, unless all are asked for. */
const mostAuthorities = 5;

/** One source of certificates for people: each certificate, then what is wrong with them together. */
export function formatInspection(
  source: string,
  certificates: readonly CertificateFacts[],
  report: ChainReport,
  style: InspectStyle,
): string {
  const count = certificates.length;
  const kind =
    report.kind === 'authorities'
      ? count === 1
        ? 'authority, and no leaf'
        : 'authorities, and no leaf'
      : count === 1
        ? 'certificate'
        : 'certificates';
  const lines = [`${printable(source)}  ${count} ${kind}`];
  const shown =
    report.kind === 'authorities' && !style.all ? certificates.slice(0, mostAuthorities) : certificates;
  for (const [index, certificate] of shown.entries()) {
    lines.push('', ...certificateLines(certificate, index, roleOf(certificate, index, report), style));
  }
  if (shown.length < count) lines.push('', `and ${count - shown.length} more (--all shows them)`);
  if (report.kind === 'chain' || report.problems.length > 0)
    lines.push('', ...chainLines(report, count, style));
  return lines.join('\n');
}

function roleOf(
  { selfIssued }: CertificateFacts,
  index: number,
  { kind, path, problems }: ChainReport,
): string {
  if (problems.some(({ code, certificate }) => code === 'duplicate' && certificate === index))
    return 'duplicate';
  if (kind === 'authorities') return selfIssued ? 'root' : 'intermediate';
  if (path[0] === index) return 'leaf';
  if (!path.includes(index)) return 'unrelated';
  return selfIssued ? 'root' : 'intermediate';
}

function certificateLines(
  facts: CertificateFacts,
  index: number,
  role: string,
  style: InspectStyle,
): string[] {
  const { names, subject, issuer, fingerprints, signatureAlgorithm, selfSigned } = facts;
  const rows: [string, string][] = [];
  const present = [...names.dns, ...names.ip.map((address) => `IP ${address}`)];
  const some = style.all ? present : present.slice(0, mostNames);
  for (const [at, name] of some.entries()) rows.push([at === 0 ? 'names' : '', printable(name)]);
  if (some.length < present.length) rows.push(['', `and ${present.length - some.length} more`]);
  if (present.length === 0 && role === 'leaf') rows.push(['names', emptyNames(names.san)]);
  for (const other of names.others.slice(0, style.all ? undefined : mostNames)) {
    rows.push([
      present.length === 0 && role !== 'leaf' ? 'other' : '',
      `${other.type} ${printable(other.value, 100)} (never counts for a host)`,
    ]);
  }
  rows.push(['issuer', selfSigned ? 'itself' : printable(issuer.text)]);
  rows.push(['valid', validity(facts, style.now)]);
  rows.push(['key', `${keyWords(facts)}, signed with ${signatureAlgorithm}`]);
  const usage = usageWords(facts);
  if (usage !== '') rows.push(['for', usage]);
  const constraints = constraintWords(facts);
  if (constraints !== '') rows.push(['limits', constraints]);
  rows.push(['sha256', fingerprints.sha256]);
  const head = `${index + 1}  ${role.padEnd(12)}  ${printable(subject.text) || '(no subject)'}`;
  return [head, ...rows.flatMap(([label, text]) => wrapBehind(`   ${label.padEnd(7)}  `, text, style.width))];
}

function emptyNames(san: CertificateFacts['names']['san']): string {
  if (san === 'present') return 'none that counts for a host';
  return san === 'absent'
    ? 'none: there is no subjectAltName'
    : 'none: its subjectAltName is malformed or there twice';
}

function validity({ notBefore, notAfter }: CertificateFacts, now: number): string {
  if (notBefore === null || notAfter === null) return 'cannot be read';
  const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
  const begins = Date.parse(notBefore) > now;
  const left = begins ? 'not yet valid' : days < 0 ? `expired ${-days} days ago` : `${days} days left`;
  return `${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}, ${left}`;
}

function keyWords({ key }: CertificateFacts): string {
  return [key.type, key.curve ?? (key.bits === null ? null : String(key.bits))]
    .filter((part) => part !== null)
    .join(' ');
}

function usageWords({ basicConstraints, extendedKeyUsage, keyUsage }: CertificateFacts): string {
  const parts: string[] = [];
  if (basicConstraints?.ca === true) {
    parts.push(
      `authority${basicConstraints.pathLength === null ? '' : `, ${basicConstraints.pathLength} levels below it`}`,
    );
  }
  if (extendedKeyUsage !== null) parts.push(extendedKeyUsage.map((usage) => printable(usage)).join(', '));
  else if (keyUsage !== null) parts.push(keyUsage.map((usage) => printable(usage)).join(', '));
  return parts.join('; ');
}

function constraintWords({ nameConstraints }: CertificateFacts): string {
  if (nameConstraints === null) return '';
  if (nameConstraints === 'malformed')
    return 'name constraints that cannot be read: it may issue for nothing';
  const listed = (trees: readonly { readonly kind: string; readonly value: string }[]): string =>
    trees
      .slice(0, mostNames)
      .map(({ kind, value }) => `${kind} ${printable(value, 80)}`)
      .join(', ');
  return [
    nameConstraints.permitted.length === 0 ? '' : `only for ${listed(nameConstraints.permitted)}`,
    nameConstraints.excluded.length === 0 ? '' : `never for ${listed(nameConstraints.excluded)}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

const marks = { error: '✗', warning: '!', note: '-' } as const;
const asciiMarks = { error: 'x', warning: '!', note: '-' } as const;
const colours = { error: 31, warning: 33, note: 39 } as const;

function chainLines({ problems, path }: ChainReport, count: number, style: InspectStyle): string[] {
  const { color, ascii, width } = style;
  const paint = (text: string, colour: number): string =>
    color ? `\u001b[${colour}m${text}\u001b[39m` : text;
  const lines: string[] = [];
  if (problems.every(({ severity }) => severity === 'note')) {
    const order = count > 1 ? `, in order (${path.map((place) => place + 1).join(', ')})` : '';
    lines.push(paint(`${ascii ? '+' : '✓'}  nothing wrong${order}`, 32));
  }
  for (const { severity, code, message } of problems) {
    const lead = `${(ascii ? asciiMarks : marks)[severity]}  ${severity.padEnd(7)}  `;
    const [first = '', ...rest] = wrapBehind(lead, `${code}: ${message}`, width);
    lines.push(paint(lead, colours[severity]) + first.slice(lead.length), ...rest);
  }
  return lines;
}
