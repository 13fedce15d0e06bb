import { printable } from '@altname/core';
import type { LintReport } from '../lint.ts';
import type { Severity } from '../problem.ts';

const commandOf: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** Workflow commands of GitHub Actions, which mark the places in a pull request. */
export function formatGithub({ problems }: LintReport): string {
  return problems
    .map(({ code, severity, path, line, column, endLine, endColumn, message, hint }) => {
      // GitHub takes a last column only where the place is of one line.
      const end = endLine === line ? `,endLine=${endLine},endColumn=${endColumn}` : `,endLine=${endLine}`;
      const place = `file=${escapeProperty(printable(path, 1000))},line=${line},col=${column}${end}`;
      const lines = hint === null ? [message] : [message, `Fix: ${hint}`];
      const text = lines.map((each) => printable(each, 1000)).join('\n');
      return `::${commandOf[severity]} title=${code},${place}::${escapeData(text)}`;
    })
    .join('\n');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
