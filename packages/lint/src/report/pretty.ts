import { printable } from '@altname/core';
import type { LintReport } from '../lint.ts';
import type { Problem, Severity } from '../problem.ts';

/** How the report for people looks. */
export interface LintStyle {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const colors: Readonly<Record<Severity, number>> = { error: 31, warning: 33, note: 36 };

/** For people: each problem with its line, the place marked below, and what to write instead; last the count. */
export function formatPretty(report: LintReport, style: LintStyle): string {
  return [...report.problems.map((problem) => problemText(problem, style)), summaryOf(report)].join('\n');
}

function problemText(problem: Problem, { color, width }: LintStyle): string {
  const { severity, code, path, line, column, message, hint } = problem;
  const paint = (sgr: number, text: string): string => (color ? `\u001b[${sgr}m${text}\u001b[0m` : text);
  const gutter = String(line).length;
  const edge = paint(2, `${' '.repeat(gutter)} |`);
  const { text, from, length } = excerptOf(problem, Math.max(20, width - gutter - 3));
  const lines = [
    `${paint(1, `${printable(path, 1000)}:${line}:${column}`)}  ${paint(colors[severity], severity)} ${paint(1, code)}`,
  ];
  if (text.trim() !== '') {
    lines.push(
      `${paint(2, `${line} |`)} ${text}`,
      `${edge} ${' '.repeat(from)}${paint(colors[severity], '^'.repeat(length))}`,
    );
  }
  const indent = ' '.repeat(gutter + 3);
  lines.push(...wrapped(printable(message, 2000), width, indent, indent));
  if (hint !== null) lines.push(...wrapped(`Fix: ${printable(hint, 2000)}`, width, indent, `${indent}     `));
  return `${lines.join('\n')}\n`;
}

/** The line of a problem, cut to fit around its place, and where in it that is; safe to print. */
function excerptOf(
  { source, line, column, endLine, endColumn }: Problem,
  width: number,
): { text: string; from: number; length: number } {
  const start = Math.min(column - 1, source.length);
  const end = endLine === line ? Math.min(Math.max(endColumn - 1, start + 1), source.length) : source.length;
  const indent = source.length - source.trimStart().length;
  // What stands in front goes, as much as is too long.
  const over = Math.min(end, source.trimEnd().length) + 3 - width;
  const fits = source.trimEnd().length - indent <= width;
  const skip = fits ? Math.min(indent, start) : Math.min(start, Math.max(indent, over));
  const before = printable(source.slice(skip, start), width);
  const marked = printable(source.slice(start, end), width);
  const text = `${skip > indent ? '… ' : ''}${before}${marked}${printable(source.slice(end, end + width), width)}`;
  const from = before.length + (skip > indent ? 2 : 0);
  return {
    text: text.length > width ? `${text.slice(0, width - 1)}…` : text,
    from,
    length: Math.max(1, Math.min(marked.length, width - from)),
  };
}

function wrapped(text: string, width: number, first: string, next: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next + word;
    } else {
      line += line.trim() === '' ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

function summaryOf({ files, problems }: LintReport): string {
  const read = `${files} ${files === 1 ? 'file' : 'files'} read`;
  if (problems.length === 0) return `${read}, nothing found`;
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => [severity, problems.filter((each) => each.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`);
  return `${read}: ${counts.join(', ')}`;
}
