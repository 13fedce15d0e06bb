import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
};

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const start = programAt(words);
  const given = new Arguments(words.slice(0, start), flags);
  const [command, ...args] = words.slice(words[start] === '--' ? start + 1 : start);
  if (command === undefined) {
    throw new UsageError('a program to run is expected: altname run -- npm start', 'altname help run');
  }
  const reporter = given.has('json') ? 'json' : given.value('reporter');
  if (reporter !== undefined) readChoice(reporter, 'reporter', reporters);
  const record = given.value('record');
  const recording = record === undefined ? null : new RecordFile(record);
  const spool = mkdtempSync(join(tmpdir(), 'altname-'));
  try {
    const output = given.value('output');
    const preload = fileURLToPath(new URL('register.cjs', import.meta.url));
    const code = await startProgram(command, args, {
      ...process.env,
      NODE_OPTIONS: nodeOptionsWith(process.env['NODE_OPTIONS'], preload),
      ALTNAME_SPOOL: spool,
      ALTNAME_RECORD: recording === null ? '' : '1',
      ...(reporter === undefined ? {} : { ALTNAME_REPORTER: reporter }),
      ...(output === undefined ? {} : { ALTNAME_OUTPUT: output }),
    });
    for (const report of leftoverReports(spool)) process.stderr.write(report);
    if (recording !== null) {
      const names = recording.write(spool);
      terminal.say(`${names} ${names === 1 ? 'entry' : 'entries'} in ${record}`);
    }
    return code;
  } finally {
    recording?.close();
    rmSync(spool, { recursive: true, force: true });
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
