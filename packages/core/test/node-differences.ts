import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { certificateFor } from './match-certificate.ts';
import { matchTable, type MatchRow } from './match-table.ts';

/** The ways Node has to ask whether a name is on a certificate. */
export type Check = 'checkServerIdentity' | 'checkHost' | 'checkIP';

/** A row of the match table that Node decides otherwise than RFC 9525. */
export interface Difference {
  readonly presented: MatchRow[0];
  readonly reference: string;
  readonly check: Check;
  /** What Node says; the table says the opposite. */
  readonly accepts: boolean;
}

/** A {@link Difference} with the Node lines that have it, and why. */
export interface RecordedDifference extends Difference {
  readonly lines: readonly string[];
  readonly reason: string;
}

/** The content of node-differences.json. */
export interface NodeDifferences {
  /** For every Node line, the version that was asked. */
  readonly versions: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, string>>;
  readonly differences: readonly RecordedDifference[];
}

const dataFile = new URL('../../test/node-differences.json', import.meta.url);
const docsFile = new URL('../../../../docs/node-versions.md', import.meta.url);

export function readRecorded(): NodeDifferences {
  return JSON.parse(readFileSync(dataFile, 'utf8')) as NodeDifferences;
}

export function readDocs(): string {
  return readFileSync(docsFile, 'utf8');
}

/** One text for a difference, to look it up by. */
export function keyOf({ presented, reference, check, accepts }: Difference): string {
  return JSON.stringify([presented, reference, check, accepts]);
}

/** Asks the running Node every row of the match table. A refusal by throwing is a refusal. */
export function observe(): Difference[] {
  const differences: Difference[] = [];
  for (const [presented, reference, matches] of Object.values(matchTable).flat()) {
    const certificate = new X509Certificate(certificateFor(presented));
    const legacy = certificate.toLegacyObject() as unknown as PeerCertificate;
    const isAddress = isIP(reference) !== 0;
    const answers: readonly [Check, boolean, boolean][] = [
      ['checkServerIdentity', matches, answer(() => checkServerIdentity(reference, legacy) === undefined)],
      // A name and an address are asked for apart there: for the other kind the right answer is no.
      ['checkHost', matches && !isAddress, answer(() => certificate.checkHost(reference) !== undefined)],
      ['checkIP', matches && isAddress, answer(() => certificate.checkIP(reference) !== undefined)],
    ];
    for (const [check, right, accepts] of answers) {
      if (accepts !== right) differences.push({ presented, reference, check, accepts });
    }
  }
  return differences;
}

function answer(ask: () => boolean): boolean {
  try {
    return ask();
  } catch {
    return false;
  }
}

/** The page docs/node-versions.md, made from the data alone. */
export function renderDocs({ versions, reasons, differences }: NodeDifferences): string {
  const lines = Object.keys(versions);
  const count = (line: string, reason: string): number =>
    differences.filter((difference) => difference.reason === reason && difference.lines.includes(line))
      .length;
  const total = (line: string, accepts: boolean): number =>
    differences.filter(
      (one) => one.check === 'checkServerIdentity' && one.accepts === accepts && one.lines.includes(line),
    ).length;
  const rows = Object.values(matchTable).flat().length;
  return [
    '# Where Node decides names otherwise',
    '',
    `The match table of the tests (${rows} pairs of presented names and a reference) holds what RFC 9525 says. Every Node line was asked the same pairs in its three ways: \`tls.checkServerIdentity\`, which decides about connections, and \`X509Certificate.checkHost\` and \`.checkIP\`. This page lists every difference. It is made from \`packages/core/test/node-differences.json\`; a test holds the page and the data equal, and on every Node line the data equal to what that Node says.`,
    '',
    'altname shows both answers: the verdict is what Node will do, and where RFC 9525 says otherwise that is a finding of its own (`accepted-only-by-node`, `refused-only-by-this-node`).',
    '',
    'Presented names are dNSName entries; `ip:` is an iPAddress, `ip#` its octets in hexadecimal, `cn:` a common name in the subject, `email:` and `uri:` what they say. `\\u{…}` is a character that cannot be seen or is not ASCII, `a{63}` is the letter 63 times.',
    '',
    ...table(
      ['`tls.checkServerIdentity`', ...lines.map((line) => `Node ${versions[line]}`)],
      [
        ['accepts what RFC 9525 refuses', ...lines.map((line) => String(total(line, true)))],
        ['refuses what RFC 9525 accepts', ...lines.map((line) => String(total(line, false)))],
      ],
      1,
    ),
    '',
    '## Reasons',
    '',
    `Pairs and ways of asking, by reason and Node line.`,
    '',
    ...table(
      ['reason', 'what happens', ...lines],
      Object.entries(reasons).map(([reason, text]) => [
        `\`${reason}\``,
        text,
        ...lines.map((line) => String(count(line, reason) || '')),
      ]),
      2,
    ),
    ...lines.flatMap((line) => renderLine(line, versions[line] ?? '', differences)),
    '',
  ].join('\n');
}

function renderLine(line: string, version: string, differences: readonly RecordedDifference[]): string[] {
  const pairs = new Map<string, RecordedDifference[]>();
  for (const difference of differences) {
    if (!difference.lines.includes(line)) continue;
    const pair = JSON.stringify([difference.presented, difference.reference]);
    pairs.set(pair, [...(pairs.get(pair) ?? []), difference]);
  }
  const cell = (all: readonly RecordedDifference[], check: Check): string => {
    const found = all.find((one) => one.check === check);
    return found === undefined ? '' : found.accepts ? 'accepts' : 'refuses';
  };
  return [
    '',
    `## Node ${line} (${version})`,
    '',
    'An empty field: as RFC 9525.',
    '',
    ...table(
      ['presented', 'reference', 'checkServerIdentity', 'checkHost', 'checkIP', 'reason'],
      [...pairs.values()].map((all) => {
        const first = all[0] as RecordedDifference;
        return [
          [first.presented].flat().map(code).join(' '),
          code(first.reference),
          ...(['checkServerIdentity', 'checkHost', 'checkIP'] as const).map((check) => cell(all, check)),
          [...new Set(all.map(({ reason }) => `\`${reason}\``))].join(', '),
        ];
      }),
      6,
    ),
  ];
}

/** A table as the formatter of this repository leaves it; columns from `numbersFrom` on stand to the right. */
function table(head: readonly string[], body: readonly (readonly string[])[], numbersFrom: number): string[] {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...body].map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i < numbersFrom ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < numbersFrom ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...body.map(line)];
}

/** A name as code: what cannot be seen is escaped, and long runs of a letter are counted. */
function code(name: string): string {
  const visible = name
    .replace(/[^ -~]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/(.)\1{9,}/g, (run, letter: string) => `${letter}{${run.length}}`)
    .replaceAll('|', '\\|');
  return visible === '' ? '(empty)' : `\`${visible}\``;
}

// Run by itself, it writes the page and prints what the running Node adds to the data, or has lost.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const recorded = readRecorded();
  const line = process.versions.node.split('.')[0] ?? '';
  const listed = new Set(recorded.differences.filter(({ lines }) => lines.includes(line)).map(keyOf));
  const observed = new Set(observe().map(keyOf));
  for (const key of observed) if (!listed.has(key)) console.log(`not recorded for ${line}: ${key}`);
  for (const key of listed) if (!observed.has(key)) console.log(`stale for ${line}: ${key}`);
  writeFileSync(docsFile, renderDocs(recorded));
}
