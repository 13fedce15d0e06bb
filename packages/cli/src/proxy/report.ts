import { exitCodeOf, formatPretty, printable, type Diagnosis } from '@altname/core';
import type { UpstreamCheck, UpstreamFailure } from '@altname/proxy';
import type { Terminal } from '../terminal.ts';

/** Puts a line about an option in the words of where it is written. */
type Words = (line: string) => string;

/** Tells that an upstream did not answer: in one line, and in full where there is a diagnosis. */
export function tellFailure(failure: UpstreamFailure, terminal: Terminal, words: Words): void {
  const { status, requestId, to, error, diagnosis, fixes, repeated } = failure;
  const cut = to.startsWith('tcp:') ? 'its connection was ended' : 'its answer broke off';
  const got = status === 0 ? cut : `the client got ${status}`;
  const more = repeated === 0 ? '' : `; ${repeated} more of these since it was told in full`;
  const why = `${error.code ?? 'no code'}: ${printable(error.message, 200)}`;
  terminal.say(`request ${requestId}: ${to}: ${got}: ${why}${more}`);
  if (diagnosis !== null) tellDiagnosis(diagnosis, fixes, words);
}

/** Tells what came of asking the upstreams. @returns the exit code */
export function tellChecks(checks: readonly UpstreamCheck[], terminal: Terminal, words: Words): number {
  for (const { to, isGood, diagnosis, problem, fixes } of checks) {
    if (diagnosis === null) {
      terminal.say(
        `${to}: ${problem === null ? 'it is there' : `no connection (${problem})`}; plain HTTP: nothing is verified`,
      );
    } else if (isGood) {
      terminal.say(`${to}: its certificate carries ${diagnosis.names.checked.value ?? 'its name'}`);
    } else tellDiagnosis(diagnosis, fixes, words);
  }
  const bad = checks.filter(({ isGood }) => !isGood);
  if (bad.length === 0) return 0;
  const diagnoses = bad.flatMap(({ diagnosis }) => (diagnosis === null ? [] : [diagnosis]));
  if (diagnoses.length === 0) return unreachableExit;
  // One that would be accepted under a name that nobody gave is not good, either.
  return exitCodeOf(diagnoses) || 1;
}

/** Nobody could be asked. */
const unreachableExit = 3;

/** The report of a diagnosis, with the fixes in the words of who wrote the options. */
function tellDiagnosis(diagnosis: Diagnosis, fixes: readonly string[], words: Words): void {
  const lines = [formatPretty({ ...diagnosis, fixes: [] }), ...fixes.map((fix) => `  fix: ${words(fix)}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
}
