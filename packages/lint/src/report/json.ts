import { jsonText } from '@altname/core';
import { codes } from '../codes.ts';
import type { LintReport } from '../lint.ts';

/** One object: `{version: 1, files, problems[]}`. Keys are only ever added within a version. */
export function formatJson({ files, problems }: LintReport): string {
  const list = problems.map(({ code, severity, path, line, column, endLine, endColumn, message, hint }) => ({
    code,
    severity,
    cwe: codes[code].cwe,
    path,
    line,
    column,
    endLine,
    endColumn,
    message,
    hint,
  }));
  return jsonText({ version: 1, files, problems: list }, 2);
}
