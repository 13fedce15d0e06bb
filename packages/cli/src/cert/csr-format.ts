import { printable } from '@altname/core';
import type { CoveringWildcard, IssuanceCommand, PublicIssuance, WantedName } from '@altname/certs';
import { wrapBehind } from '../wrap.ts';
import { readyStyle, type ReportStyle } from './report-style.ts';

/** What `altname cert csr` made and says; the object of `--json`. */
export interface MadeRequest {
  readonly request: string;
  readonly key: string;
  readonly keyMade: boolean;
  readonly names: readonly WantedName[];
  readonly wildcards: readonly CoveringWildcard[];
  readonly leftOut: readonly {
    readonly text: string;
    readonly from: string;
    readonly problem: string | null;
  }[];
  readonly publicIssuance: readonly PublicIssuance[];
  readonly commands: readonly IssuanceCommand[];
}

/** Entries shown of what was left out. */
const mostLeftOut = 20;

export function formatRequest(made: MadeRequest, options: ReportStyle): string {
  const { strong, warn, faint, text, width } = readyStyle(options);
  const lines: string[] = [];
  const row = (label: string, value: string): void => {
    lines.push(...wrapBehind(label.padEnd(11), text(value), width));
  };
  row('request', made.request);
  row(
    'key',
    `${made.key}  ${made.keyMade ? 'new, for you alone (mode 0600)' : 'the one you gave, unchanged'}`,
  );
  for (const [index, { kind, value }] of made.names.entries()) {
    row(index === 0 ? 'names' : '', kind === 'ip' ? `IP ${value}` : value);
  }
  for (const { name, replaces, exposes } of made.wildcards) {
    lines.push('');
    const instead = replaces.map(({ value }) => value).join(', ');
    lines.push(strong(text(`${name.value}${instead === '' ? '' : ` in place of ${instead}`}`)));
    lines.push(...wrapBehind('  ', text(`stands for ${exposes}.`), width).map(warn));
  }
  const noted = made.publicIssuance.filter(({ note }) => note !== null);
  if (noted.length > 0) lines.push('', strong('From a public CA'));
  for (const { name, note } of noted) {
    lines.push(...wrapBehind('  ', text(`${name.value}: ${note ?? ''}`), width));
  }
  if (made.leftOut.length > 0) lines.push('', strong('Left out'));
  for (const { from, problem } of made.leftOut.slice(0, mostLeftOut)) {
    lines.push(...wrapBehind('  ', text(`${printable(from, 200)}: ${problem ?? ''}`), width));
  }
  if (made.leftOut.length > mostLeftOut) {
    lines.push(`  and ${made.leftOut.length - mostLeftOut} more (--json has them all)`);
  }
  lines.push('', strong('For the same names'));
  for (const { tool, does, command } of made.commands) {
    lines.push(
      ...wrapBehind('  # ', text(`${tool} ${does}`), width).map((line, index) =>
        faint(index === 0 ? line : `  # ${line.trimStart()}`),
      ),
    );
    // A command is copied: it is never broken.
    lines.push(`  ${printable(command, 1_000_000)}`);
  }
  return lines.join('\n');
}
