import { printable } from '@altname/core';
import type { LintReport } from '../lint.ts';

/** A line for each problem: `path:line:column: severity code: message`, as compilers write them. */
export function formatLine({ problems }: LintReport): string {
  return problems
    .map(
      ({ path, line, column, severity, code, message }) =>
        `${printable(path, 1000)}:${line}:${column}: ${severity} ${code}: ${printable(message, 1000)}`,
    )
    .join('\n');
}
