import { jsonText } from '@altname/core';
import { readFileSync } from 'node:fs';
import { codes, type Code, type CodeFacts } from '../codes.ts';
import { fingerprints } from '../fingerprint.ts';
import type { LintReport } from '../lint.ts';
import type { Problem } from '../problem.ts';

/** The report as SARIF 2.1.0. Paths are relative to `%SRCROOT%`; fingerprints stay where lines move. */
export function formatSarif({ problems }: LintReport): string {
  const names = Object.keys(codes) as Code[];
  const marks = fingerprints(problems);
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'altname lint',
            version: versionOfPackage(),
            rules: names.map((name) => ruleOf(name, codes[name])),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem, index) => ({
          ...resultOf(problem, names.indexOf(problem.code)),
          partialFingerprints: { 'altname/v1': marks[index] },
        })),
      },
    ],
  };
  return jsonText(log, 2);
}

function ruleOf(id: Code, { severity, cwe, title, page }: CodeFacts): object {
  return {
    id,
    shortDescription: { text: title },
    help: { text: `docs/${page}` },
    defaultConfiguration: { level: severity },
    properties:
      cwe === null
        ? { tags: ['altname'] }
        : {
            tags: ['security', 'altname', `external/cwe/cwe-${cwe}`],
            precision: 'high',
            'security-severity': cwe === 295 ? '7.5' : '6.5',
          },
  };
}

function resultOf(problem: Problem, ruleIndex: number): object {
  const { code, severity, path, line, column, endLine, endColumn, message, hint } = problem;
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === null ? message : `${message} Fix: ${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: path.split('/').map(encodeURIComponent).join('/'),
            uriBaseId: '%SRCROOT%',
          },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  };
}

function versionOfPackage(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
