import type { Authority, LeafRecord } from '@altname/certs';
import { printable, jsonText } from '@altname/core';
import { Arguments, type OptionSpec } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  'ca-dir': { takes: 'value', expects: 'the directory of the CA' },
  all: { takes: 'flag' },
  json: { takes: 'flag' },
  quiet: { takes: 'flag', short: 'q' },
};

/** What became of a certificate. */
interface Renewed {
  readonly certificate: string;
  readonly names: readonly string[];
  readonly state: 'renewed' | 'good' | 'gone' | 'failed';
  readonly notAfter: string | null;
  readonly problem: string | null;
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, flags);
  if (given.words.length > 0) {
    throw new UsageError(
      `"${printable(given.words[0] ?? '')}" is not expected: altname cert renew takes every certificate of the CA`,
      'altname help cert renew',
    );
  }
  const { caDirectory, openAuthority, readRecords } = await import('@altname/certs');
  const dir = caDirectory(given.value('ca-dir'));
  const authority = await openAuthority(dir, { create: false });
  if (authority === null)
    throw new UsageError(`there is no CA in ${printable(dir)}; altname cert NAME makes one`);
  const renewed: Renewed[] = [];
  for (const record of await readRecords(dir)) renewed.push(await renew(authority, record, given.has('all')));
  renewed.sort((a, b) => (a.certificate < b.certificate ? -1 : 1));
  if (given.has('json')) await terminal.print(jsonText({ version: 1, certificates: renewed }));
  else
    for (const each of renewed)
      if (!given.has('quiet') || each.state === 'failed') await terminal.print(lineOf(each));
  return renewed.some(({ state }) => state === 'failed') ? 1 : 0;
}

async function renew(authority: Authority, record: LeafRecord, all: boolean): Promise<Renewed> {
  const { forgetLeaf, renewLeaf } = await import('@altname/certs');
  const { certificate, names } = record;
  const answer = { certificate, names, notAfter: null, problem: null };
  try {
    if (await forgetLeaf(authority, record)) return { ...answer, state: 'gone' };
    const made = await renewLeaf(authority, record, { renew: all });
    return { ...answer, state: made.reused ? 'good' : 'renewed', notAfter: made.notAfter.toISOString() };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AltnameError') throw error;
    return { ...answer, state: 'failed', problem: error.message };
  }
}

function lineOf({ certificate, names, state, notAfter, problem }: Renewed): string {
  const shown = `${printable(names.join(', '), 200)}  ${printable(certificate, 300)}`;
  const until = notAfter === null ? '' : ` until ${notAfter.slice(0, 10)}`;
  const texts = {
    renewed: `renewed${until}`,
    good: `good${until}`,
    gone: 'gone, and forgotten',
    failed: `failed: ${problem ?? ''}`,
  };
  return `${texts[state].padEnd(24)}  ${shown}`;
}

export const help = `Makes the certificates of the CA anew that have less than a third of their days
left, each with its own names, key type and files.

Usage:
    altname cert renew
    altname cert renew --all
    10 3 * * *  altname cert renew --quiet          in a crontab

A server made with serverContext of @altname/certs takes them up by itself.
What was deleted is forgotten; a file that was changed by somebody else stays.

Options:
    --all            all of them, however good
    --ca-dir DIR     another CA (also ALTNAME_CA_DIR)
    --json           one object
    -q, --quiet      only what fails

Exit codes: 0 all good, 1 one could not be made, 2 usage.
`;
