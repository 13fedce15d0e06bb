import { formatPretty, printable, type StyleOptions } from '@altname/core';
import { startEstate } from './estate.ts';
import { visitExhibits, visitServers, type Visit } from './visit.ts';

/** What every other tool fails: shown in full. */
const shownInFull = ['ip-as-dns-san', 'sni-from-host-header'];

/**
 * Starts the estate, checks every server of it, and prints what was found.
 *
 * @param columns width of the terminal, to which lines are cut; null when there is no terminal
 * @returns 0 when every diagnosis is the expected one, else 1
 */
export async function tour(style: StyleOptions, columns: number | null): Promise<0 | 1> {
  const began = performance.now();
  const estate = await startEstate();
  try {
    const ready = seconds(performance.now() - began);
    say(
      `${estate.servers.length} servers on loopback, each with its own fault and fresh certificates (${ready})`,
    );
    const visits = [...(await visitServers(estate)), ...(await visitExhibits(estate))];
    for (const group of new Set(visits.map((visit) => visit.group))) {
      say(`\n${group}`);
      for (const visit of visits) if (visit.group === group) sayVisit(visit, columns);
    }
    say('\nTwo of them in full, because every other tool fails them');
    for (const { name, title, diagnosis } of visits) {
      if (diagnosis !== null && shownInFull.includes(name)) {
        say(`\n── ${name}: ${title}\n\n${formatPretty(diagnosis, style)}`);
      }
    }
    saySummary(visits, performance.now() - began);
    return visits.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
  } finally {
    await estate.close();
  }
}

function sayVisit({ name, diagnosis, wrong, note }: Visit, columns: number | null): void {
  const finding = diagnosis?.cause ?? diagnosis?.findings[0];
  const mark = diagnosis === null ? '-' : wrong.length === 0 ? '✓' : '✗';
  const found = diagnosis?.cause?.code ?? diagnosis?.verdict ?? 'not here';
  const sentence = diagnosis === null ? (note ?? '') : (finding?.message ?? '');
  const line = `  ${mark} ${name.padEnd(32)} ${found.padEnd(32)} ${printable(sentence)}`.trimEnd();
  say(columns !== null && line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  for (const difference of wrong) say(`      ✗ ${difference}`);
}

function saySummary(visits: readonly Visit[], milliseconds: number): void {
  const seen = visits.filter(({ diagnosis }) => diagnosis !== null);
  const right = seen.filter(({ wrong }) => wrong.length === 0).length;
  const missing = visits.length - seen.length;
  const rest = missing === 0 ? '' : ` · ${missing} cannot be shown by Node ${process.version} here`;
  say(`\n${right} of ${seen.length} diagnosed as expected${rest} · ${seconds(milliseconds)}

Next
  npm start -- https://HOST        diagnose a real server
  npm start -- --show CODE         one server of the estate in full, and the command that does the same
  npm start -- --show CODE --stay  the same, and the server stays for your own tools until Ctrl-C`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
