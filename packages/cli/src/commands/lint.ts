import type { LintReport } from '@altname/lint';
import { Arguments, type OptionSpec } from '../arguments.ts';
import { readChoice } from '../choice.ts';
import type { Terminal } from '../terminal.ts';

const reporterNames = ['pretty', 'line', 'json', 'github', 'sarif'] as const;

const flags: Readonly<Record<string, OptionSpec>> = {
  reporter: { takes: 'value', expects: reporterNames.join(', ') },
  json: { takes: 'flag' },
  strict: { takes: 'flag' },
  exclude: { takes: 'list', expects: 'a pattern as in .gitignore' },
  quiet: { takes: 'flag', short: 'q' },
  'no-color': { takes: 'flag' },
};

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, flags);
  const name = given.has('json')
    ? 'json'
    : readChoice(given.value('reporter') ?? 'pretty', 'reporter', reporterNames);
  const lint = await import('@altname/lint');
  const report = lint.lint(given.words.length === 0 ? ['.'] : given.words, {
    strict: given.has('strict'),
    exclude: given.list('exclude'),
    onFile: (files) => terminal.progress(`${files} files read`),
  });
  terminal.done();
  const shown = given.has('quiet') ? withErrors(report) : report;
  const style = { color: terminal.color(given.has('no-color')), width: terminal.width };
  const text = {
    pretty: () => lint.formatPretty(shown, style),
    line: () => lint.formatLine(shown),
    json: () => lint.formatJson(shown),
    github: () => lint.formatGithub(shown),
    sarif: () => lint.formatSarif(shown),
  }[name]();
  if (text !== '') await terminal.print(text);
  return report.problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function withErrors({ files, problems }: LintReport): LintReport {
  return { files, problems: problems.filter(({ severity }) => severity === 'error') };
}

export const help = `Finds verification that is off and server names that are wrong, in your source.

Usage:
    altname lint
    altname lint src deploy .env.local
    altname lint --reporter sarif > altname.sarif

Reads code (JavaScript and TypeScript) with the rules of eslint-plugin-altname,
and the files around it. Nothing is executed, and nobody is asked. Without a
path the working directory is read; what .gitignore names is left out, but for
.env files and files that are named themselves.

A line is let be by a comment above it, with its code and a reason:
    // altname-ignore-next-line no-disabled-verification: the test's own server

Options:
    --reporter NAME     pretty (the default), line, json, github, sarif
    --json              the same as --reporter json
    --strict            code is held to the plugin's strict configuration
    --exclude PATTERN   what is not read, as in .gitignore; may be repeated
    -q, --quiet         errors only
    --no-color          no colour

Exit codes: 0 no error, 1 an error was found, 2 usage.
`;
