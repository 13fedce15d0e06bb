import { setMaxListeners } from 'node:events';
import { check, parseTarget, type ProbeOptions } from '@altname/core';
import { Arguments } from '../arguments.ts';
import { readAsking } from '../check/asking.ts';
import { checkFlags } from '../check/flags.ts';
import { inOrder } from '../check/in-order.ts';
import { widthForOpenFiles } from '../check/open-files.ts';
import { Reporter, reporterNames, type Checked, type ReporterName } from '../check/reporter.ts';
import { Tally } from '../check/tally.ts';
import { givenTargets, listedTargets, problemOf, type Item } from '../check/targets.ts';
import { readChoice } from '../choice.ts';
import type { ProgramName } from '../compare/answer.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** In flight at once, unless --concurrency says otherwise. */
const usualWidth = 16;
const interruptedExit = 130;
const usageExit = 2;

/** What came of one item: an answer, a line that is no target, or nothing because of an interrupt. */
type Result = Checked | { readonly problem: string } | 'interrupted';

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, checkFlags);
  const list = readTargets(given.words);
  const many = list || given.words.length > 1;
  const name = readReporter(given, many);
  const programs = await readCompare(given, name);
  const width = readWidth(given, many, terminal);
  const options = { ...(await readAsking(given)), ...pinnedTo(given) };

  const stop = new AbortController();
  // Every connection in flight listens to it.
  setMaxListeners(0, stop.signal);
  process.once('SIGINT', () => stop.abort());
  const tally = new Tally();
  const formatComparison = programs === null ? null : (await import('../compare/format.ts')).formatComparison;
  const style = {
    color: terminal.color(given.has('no-color')),
    ascii: given.has('ascii'),
    all: given.has('all'),
    width: terminal.width,
  };
  const reporter = new Reporter({ name, style, quiet: given.has('quiet'), many }, tally, formatComparison);
  const started = performance.now();
  const items: AsyncIterable<Item> | Iterable<Item> = list
    ? listedTargets(process.stdin)
    : givenTargets(given.words);
  const work = (item: Item): Promise<Result> => checkItem(item, options, programs, stop.signal);
  let problems = 0;
  let seen = 0;
  for await (const result of inOrder(items, width, work, stop.signal)) {
    if (result === 'interrupted') continue;
    seen++;
    if ('problem' in result) {
      problems++;
      terminal.say(result.problem);
      continue;
    }
    const text = reporter.one(result);
    if (text !== null) await terminal.print(text);
    if (many) terminal.progress(`${tally.total} checked, ${tally.wrong} of them wrong`);
  }
  terminal.done();
  if (seen === 0 && !stop.signal.aborted) {
    throw new UsageError('no targets on standard input: one a line is expected', 'altname help check');
  }
  const answer = name === 'nagios' ? tally.nagiosExit : tally.exitCode;
  const exit = stop.signal.aborted ? interruptedExit : problems > 0 ? usageExit : answer;
  const last = reporter.end(performance.now() - started, exit);
  if (last !== null) await terminal.print(last);
  if (stop.signal.aborted) {
    terminal.say(`interrupted after ${tally.total} answers`);
    await terminal.leave(exit);
  }
  return exit;
}

async function checkItem(
  item: Item,
  options: ProbeOptions,
  programs: readonly ProgramName[] | null,
  signal: AbortSignal,
): Promise<Result> {
  if (item.target === null) return item;
  const { target } = item;
  let stopped = (): void => {};
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stopped = () => resolve('interrupted');
    signal.addEventListener('abort', stopped, { once: true });
  });
  const answer = async (): Promise<Checked> => {
    const diagnosis = await check(target, { ...options, signal });
    if (programs === null) return { diagnosis, compared: null };
    const { compareWith } = await import('../compare/compare.ts');
    return { diagnosis, compared: await compareWith(programs, diagnosis, options) };
  };
  try {
    return await Promise.race([answer(), interrupted]);
  } finally {
    signal.removeEventListener('abort', stopped);
  }
}

/** Looks at every target before the first is asked. @returns whether they come as a list on stdin */
function readTargets(words: readonly string[]): boolean {
  if (words.length === 0) {
    throw new UsageError(
      'a target is expected: a URL, host, host:port or [v6]:port, or - for a list on standard input',
      'altname help check',
    );
  }
  if (words.includes('-')) {
    if (words.length > 1)
      throw new UsageError('- reads the targets from standard input; no other target can stand beside it');
    return true;
  }
  for (const word of words) {
    const problem = problemOf(word);
    if (problem !== null) throw new UsageError(problem);
  }
  return false;
}

function readReporter(given: Arguments, many: boolean): ReporterName {
  const text = given.value('reporter');
  const name = text === undefined ? null : readChoice(text, 'reporter', reporterNames);
  if (given.has('json')) {
    if (name !== null && name !== 'json')
      throw new UsageError(`--json and --reporter ${name} exclude each other`);
    return 'json';
  }
  return name ?? (many ? 'line' : 'pretty');
}

async function readCompare(given: Arguments, reporter: ReporterName): Promise<ProgramName[] | null> {
  const text = given.value('compare');
  if (text === undefined) return null;
  const { readPrograms } = await import('../compare/compare.ts');
  if (reporter === 'github' || reporter === 'nagios') {
    throw new UsageError(
      `--compare has no place in --reporter ${reporter}: pretty, line or json is expected`,
    );
  }
  return readPrograms(text);
}

function readWidth(given: Arguments, many: boolean, terminal: Terminal): number {
  const text = given.value('concurrency');
  const asked = text === undefined ? usualWidth : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (asked < 1 || asked > 1000) {
    throw new UsageError(`--concurrency "${text ?? ''}": a number from 1 to 1000 is expected`);
  }
  if (!many) return asked;
  const most = widthForOpenFiles();
  if (most === null || asked <= most.width) return asked;
  if (text !== undefined) {
    terminal.say(
      `only ${most.width} at once instead of ${asked}: no more than ${most.limit} files may be open (ulimit -n)`,
    );
  }
  return most.width;
}

/** The other hosts that the same --servername is pinned for. */
function pinnedTo(given: Arguments): Pick<ProbeOptions, 'servernameAlsoFor'> {
  if (given.value('servername') === undefined || given.words.length < 2) return {};
  return { servernameAlsoFor: given.words.map((word) => parseTarget(word).host) };
}

export const help = `Finds out which names of a TLS connection disagree, why, and what to change.

Usage:
    altname check api.example.com
        asks port 443 as Node would, and a few times more to find the cause

    altname check --connect 127.0.0.1:8443 --ca ca.pem api.example.com
        dials another place, but sends and checks api.example.com

    altname check --client pg postgres://db.internal
        gives the fixes as code for that client library

    altname check --host-header shop.test https://10.0.0.7
        what a Host header does to the server name

    altname check --compare openssl,curl api.example.com
        asks these programs too, and says why they and Node differ

    altname check --reporter line - < hosts.txt
        one target a line; blank lines and # comments are left out

A target is a URL, host, host:port or [v6]:port. The scheme of a URL chooses the
port and STARTTLS: https, smtp, imaps, postgres, mysql, ldap and more.

What is dialled, sent and checked:
    --connect HOST:PORT     dial this instead of the target
    --servername NAME       send and check this name (Node's servername)
    --no-servername         send no server name
    --name NAME             check this name, whatever is sent
    --host-header NAME      the Host header the client sends
    --client NAME           the client library: axios, fetch, undici, pg, ...
    --starttls PROTOCOL     smtp, lmtp, imap, pop3, ftp, sieve, nntp, xmpp,
                            ldap, postgres or mysql
    -4, -6                  only IPv4 or only IPv6 addresses
    --dns SERVER            ask this DNS server; can be given again
    --search DOMAIN         a search domain to try; can be given again
    --min-tls, --max-tls    1.0, 1.1, 1.2 or 1.3

What is trusted:
    --ca FILE               these roots alone, as Node's ca option
    --system-ca             the system's roots too (Node 22.15 and newer)

How much, and how long:
    --timeout DURATION      for each target, such as 5s or 500ms; 10s
    --concurrency N         targets at once; 16
    --compare PROGRAMS      openssl, curl or openssl,curl

What is printed:
    --reporter NAME         pretty (one target), line (several), json, github
                            or nagios
    --json                  the same as --reporter json; one object a line
    --all                   every name of the certificate, not the 3 nearest
    --ascii                 ASCII characters only
    --no-color              no colour; NO_COLOR and FORCE_COLOR are honoured
    -q, --quiet             nothing of what is accepted

Exit codes: 0 accepted, 1 refused or a finding of severity error, 2 usage,
3 could not ask. With --reporter nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
`;
