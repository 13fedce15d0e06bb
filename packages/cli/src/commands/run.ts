import { accessSync, appendFileSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '@altname/core';
import { Arguments, type OptionSpec } from '../arguments.ts';
import { readChoice } from '../choice.ts';
import { leftoverReports } from '../run-program/leftovers.ts';
import { nodeOptionsWith } from '../run-program/node-options.ts';
import { startProgram } from '../run-program/program.ts';
import { RecordFile } from '../run-program/record-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What follows the options is the program's own. */
export const passesOn = true;

const reporters = ['pretty', 'line', 'json'] as const;

const flags: Readonly<Record<string, OptionSpec>> = {
  record: { takes: 'value', expects: 'a file for the names in use' },
  reporter: { takes: 'value', expects: reporters.join(', ') },
  json: { takes: 'flag' },
  output: { takes: 'value', short: 'o', expects: 'a file for the diagnoses' },
  help: { takes: 'flag', short: 'h' },
};

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const start = programAt(words);
  const given = new Arguments(words.slice(0, start), flags);
  if (given.has('help')) {
    await terminal.print(help);
    return 0;
  }
  const [command, ...args] = words.slice(words[start] === '--' ? start + 1 : start);
  if (command === undefined || command === '') {
    throw new UsageError('a program to run is expected: altname run -- npm start', 'altname help run');
  }
  const reporter = given.has('json') ? 'json' : given.value('reporter');
  if (reporter !== undefined) readChoice(reporter, 'reporter', reporters);
  const output = outputFile(given.value('output'));
  const record = given.value('record');
  const recording = record === undefined ? null : new RecordFile(record);
  let spool: string | null = null;
  try {
    spool = makeSpool();
    const preload = fileURLToPath(new URL('register.cjs', import.meta.url));
    const code = await startProgram(command, args, {
      ...process.env,
      NODE_OPTIONS: nodeOptionsWith(process.env['NODE_OPTIONS'], preload),
      ALTNAME_SPOOL: spool,
      ALTNAME_RECORD: recording === null ? '' : '1',
      ...(reporter === undefined ? {} : { ALTNAME_REPORTER: reporter }),
      ...(output === null ? {} : { ALTNAME_OUTPUT: output }),
    });
    tellLeftovers(spool, output);
    if (record !== undefined && recording !== null) writeRecord(recording, record, spool, terminal);
    return code;
  } finally {
    recording?.close();
    if (spool !== null) rmSync(spool, { recursive: true, force: true });
  }
}

/** The file for the diagnoses, the same for every process wherever it runs; null for stderr. */
function outputFile(option: string | undefined): string | null {
  const file = option ?? process.env['ALTNAME_OUTPUT'];
  if (file === undefined || file === '') return null;
  if (option !== undefined) {
    try {
      const existing = statSync(file, { throwIfNoEntry: false });
      if (existing?.isDirectory() === true) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      accessSync(existing === undefined ? dirname(resolve(file)) : file, constants.W_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--output "${file}" cannot be written (${code}); a file in a folder that exists is expected`,
      );
    }
  }
  return resolve(file);
}

/** A folder where the processes of the program leave what they saw. */
function makeSpool(): string {
  const folder = tmpdir();
  try {
    return mkdtempSync(join(folder, 'altname-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `nothing can be written in "${folder}" (${code}); a folder for temporary files is expected, as TMPDIR names it`,
    );
  }
}

function tellLeftovers(spool: string, output: string | null): void {
  const text = leftoverReports(spool).join('');
  if (text === '') return;
  try {
    if (output !== null) return appendFileSync(output, text);
  } catch {
    // Its processes have said so.
  }
  process.stderr.write(text);
}

/** The program has run, and its exit code stays what it is. */
function writeRecord(recording: RecordFile, file: string, spool: string, terminal: Terminal): void {
  try {
    const names = recording.write(spool);
    terminal.say(`${names} ${names === 1 ? 'entry' : 'entries'} in ${printable(file)}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    terminal.say(`--record "${printable(file)}" could not be written (${code})`);
  }
}

/** The index of the first word that is not altname's. */
function programAt(words: readonly string[]): number {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--' || !word.startsWith('-')) return index;
    const name = word.startsWith('--') ? word.slice(2) : word === '-o' ? 'output' : '';
    if (flags[name]?.takes === 'value') index++;
  }
  return words.length;
}

export const help = `Runs a program, and explains the TLS connections that fail inside it.

Usage:
    altname run node app.js
    altname run -- npm start
    altname run --record names.jsonl -- npm test
    altname run --json --output tls.jsonl -- node server.js

Every Node process the program starts is watched, its workers and children too.
What fails is told on stderr, with the six names, the place in your code, the
client library and the fix in its terms. At exit it is told where verification
is switched off, and what that hides. The program runs as without: its output,
its errors and its exit code are its own.

Options:
    --record FILE      write each set of names in use once, as a line of JSON
                       (asked, dialled, sent, checked, host, certificate), with
                       its place in your code and how often; nothing else
    --reporter NAME    pretty, line or json
    --json             the same as --reporter json
    -o, --output FILE  append the diagnoses to a file instead of stderr

Without the command: node --import @altname/client/register app.js

Exit code: that of the program; 128 and the number of the signal that ended it;
2 when the program could not be run.
`;
