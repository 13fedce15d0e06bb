import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { altname, type RunOptions } from './command.ts';

/**
 * A transcript is a text file of runs, each as a person would see it:
 *
 *     # what it shows
 *     $ altname match a.test server.pem < input.txt
 *     what stands on stdout
 *     ! what stands on stderr
 *     = 1
 *
 * `= N` is the exit code and ends the run. `{name}` stands for a value of the test. What differs from run to run is
 * written as `<sha256>`, `<date>`, `<days>`, `<ms>`. With UPDATE_TRANSCRIPTS=1 the file is written anew, to be read
 * before it is committed.
 */
export function testTranscript(
  file: string,
  setup: () => Promise<{ readonly values: Readonly<Record<string, string>>; readonly options: RunOptions }>,
): void {
  const path = fileURLToPath(new URL(`../../test/transcripts/${file}`, import.meta.url));
  const runs = readRuns(readFileSync(path, 'utf8'));
  assert.ok(runs.length > 0, `${file} has no run`);
  const written: string[] = [];
  const ready = setup();
  for (const run of runs) {
    test(`${file}: ${run.title}`, async () => {
      const { values, options } = await ready;
      const words = wordsOf(fill(run.command, values));
      const from = words.indexOf('<');
      const stdin = from === -1 ? '' : readFileSync(`${options.cwd ?? '.'}/${words[from + 1] ?? ''}`);
      const result = await altname((from === -1 ? words : words.slice(0, from)).slice(1), {
        ...options,
        stdin,
      });
      const got = [
        ...linesOf(result.stdout),
        ...linesOf(result.stderr).map((line) => `! ${line}`.trimEnd()),
        `= ${result.exit}`,
      ].map((line) => settle(unfill(line, values)));
      written.push([run.heading, `$ ${run.command}`, ...got, ''].join('\n'));
      if (process.env['UPDATE_TRANSCRIPTS'] === '1') writeFileSync(path, written.join('\n'));
      else assert.deepEqual(got, run.expected);
    });
  }
}

interface Run {
  readonly title: string;
  readonly heading: string;
  readonly command: string;
  readonly expected: readonly string[];
}

function readRuns(text: string): Run[] {
  const runs: Run[] = [];
  let heading = '';
  let command: string | null = null;
  let expected: string[] = [];
  for (const line of text.split('\n')) {
    if (command === null) {
      if (line.startsWith('# ')) heading = line;
      if (line.startsWith('$ ')) command = line.slice(2);
      continue;
    }
    expected.push(line);
    if (!/^= \S+$/.test(line)) continue;
    runs.push({ title: heading.slice(2) || command, heading, command, expected });
    heading = '';
    command = null;
    expected = [];
  }
  assert.equal(command, null, 'the last run has no exit code');
  return runs;
}

/** Words as a shell would split them: spaces, and single or double quotes. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'([^']*)'|"([^"]*)"|(\S+))/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function unfill(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((left, [name, value]) => left.replaceAll(value, `{${name}}`), text);
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function settle(line: string): string {
  return line
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/\b[0-9a-f]{8}(?:…|\.\.\.)[0-9a-f]{4}\b/g, '<sha256>')
    .replace(/\b\d{4}-\d{2}-\d{2}\b/g, '<date>')
    .replace(/\b\d+ days? (left|ago)\b/g, '<days> $1')
    .replace(/\b\d+ ms\b/g, '<ms>')
    .replace(/\bNode v?\d+\.\d+\.\d+/g, 'Node <version>');
}
