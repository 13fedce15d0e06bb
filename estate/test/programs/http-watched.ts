import assert from 'node:assert/strict';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Diagnosis, Origin } from '@altname/core';
import type { Seen, Sink } from '../../src/recipes/sink.ts';
import type { HttpClient } from './http-clients.ts';
import type { Said } from './http-faults.ts';
import type { Behaviour, ProgramFolder } from './watched-program.ts';

/** The client of a program, as far as the preload has to tell it. */
type Told = Pick<HttpClient, 'title' | 'client' | 'library' | 'installedAs' | 'firstWords' | 'serves'>;

type Variables = Readonly<Record<string, string>>;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** For `skip` of a test: what undici 8 says in its package.json. */
export function tooOld({ installedAs }: Pick<HttpClient, 'installedAs'>): string | false {
  if (installedAs !== 'undici8') return false;
  return major > 22 || (major === 22 && minor >= 19) ? false : 'undici 8 needs Node 22.19 or later';
}

/** A program in its file, and the marks in it, `@@`, as the preload writes the places they stand for. */
export async function writeMarked(
  folder: ProgramFolder,
  name: string,
  marked: string,
): Promise<{ file: string; callSites: readonly string[] }> {
  const { file } = await folder.write(name, marked.replaceAll('@@', ''));
  const shown = relative(process.cwd(), file);
  const callSites = marked.split('\n').flatMap((line, at) => {
    const column = line.indexOf('@@');
    return column === -1 ? [] : [`${shown.startsWith('..') ? file : shown}:${at + 1}:${column + 1}`];
  });
  return { file, callSites };
}

/** Runs a program without the preload and with it: it does the same, and ends with this code. */
export async function bothWays(
  folder: ProgramFolder,
  args: readonly string[],
  exit: number,
  { env = {}, by = '--import' }: { env?: Variables; by?: '--import' | '-r' } = {},
): Promise<{ diagnoses: readonly Diagnosis[]; stdout: string }> {
  const [without, { behaviour, diagnoses }] = await Promise.all([
    folder.run([wholeStacks, ...args], env),
    folder.watch([wholeStacks, ...args], { env, by }),
  ]);
  assert.deepEqual(inCommon(behaviour), inCommon(without));
  assert.equal(behaviour.code, exit, behaviour.stderr);
  return { diagnoses, stdout: behaviour.stdout };
}

/** Compares a diagnosis with what is to be said. */
export function assertSaid(
  diagnosis: Diagnosis,
  client: Told,
  said: Said,
  callSite: string | undefined,
): void {
  const { names, app, cause, findings, fixes } = diagnosis;
  const named = ({ value, from }: { value: string | null; from: Origin }): unknown => [value, from];
  assert.deepEqual(
    {
      cause: cause?.code,
      client: diagnosis.client,
      callSite: app?.callSite,
      library: app?.library?.replace(/@\d+\.\d+\.\d+$/, '') ?? null,
      verification: app?.verification,
      asked: named(names.asked),
      sent: named(names.sent),
      checked: named(names.checked),
      host: named(names.host),
      findings: (said.also ?? []).filter((code) => findings.some((finding) => finding.code === code)),
      who: fixes[0]?.who,
      code: fixCode(diagnosis)?.replace(/^(\/\/ .*\n)+/, '') ?? null,
    },
    {
      cause: said.cause,
      client: client.client,
      callSite,
      library: client.library,
      verification: 'full',
      asked: said.asked,
      sent: said.sent,
      checked: said.checked,
      host: said.host,
      findings: said.also ?? [],
      who: said.who,
      code: said.recipe,
    },
    JSON.stringify(diagnosis),
  );
}

/** The first code for the client itself. */
export function fixCode({ fixes }: Diagnosis): string | null {
  return fixes.find(({ who, code }) => who === 'client' && code?.includes('import ') === true)?.code ?? null;
}

/** Runs a printed fix as it stands, until its data is at the server that was refused before. */
export async function assertMends(
  folder: ProgramFolder,
  code: string,
  client: Told,
  sink: Sink,
  { env = {}, header }: { env?: Variables; header?: string | undefined } = {},
): Promise<void> {
  // The package of the recipe stands here under another name.
  const here =
    client.installedAs === undefined ? code : code.replace(`from 'undici'`, `from '${client.installedAs}'`);
  const { file } = await folder.write(fileName(`${client.title} fix`), here + (client.firstWords ?? ''));
  const port = client.serves === true ? await freePort() : null;
  const enough = ({ received }: Seen): boolean =>
    client.firstWords === undefined ? /:authority|\r\n\r\n/.test(received) : received !== '';
  const arrived = sink.until(enough, 20_000);
  const running = folder.run([file], { ...env, ...(port !== null && { PORT: String(port) }) }, arrived);
  if (port !== null) void ask(port, header ?? 'localhost');
  // What is on its way when the program ends may still come.
  const came = await Promise.race([arrived, running.then(() => sink.until(enough, 200))]);
  const { stdout, stderr } = await running;
  assert.ok(came, `no data came from this code:\n${here}\n${stdout}${stderr}`);
  if (header !== undefined && client.serves !== true) {
    assert.match(sink.seen.received, new RegExp(`^(host|:authority): ${header}\\r?$`, 'im'));
  }
}

let written = 0;

/** A name that no other program has. */
export function fileName(title: string, extension = 'mjs'): string {
  return `${title.replaceAll(/\W+/g, '-')}-${++written}.${extension}`;
}

/** Where the preload is. */
const ours = dirname(createRequire(import.meta.url).resolve('@altname/client/register'));

const wholeStacks = '--stack-trace-limit=100';

/**
 * What does not depend on the process: OpenSSL has the number of its thread in its texts, and some errors are printed
 * with their sockets and timings, so of stderr the stacks are compared. The lines of Node itself are only so exact as
 * its compiler left them, and what `tls.connect` itself throws has the preload on its stack.
 */
function inCommon({ code, stdout, stderr }: Behaviour): unknown {
  return {
    code,
    stdout: stdout.replaceAll(/\b[\dA-F]{12,16}(?=:error:)/g, ''),
    stacks: (stderr.match(/^ +at .*$/gm) ?? [])
      .filter((line) => !line.includes(ours))
      .map((line) => line.replace(/\(node:([\w/]+)[:\d]*\)/, '($1)')),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks a server of a recipe, once it is there. */
async function ask(port: number, host: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const asking = get({ port, host: 'localhost', headers: { host } });
    asking.on('response', (response) => response.resume());
    const heard = await new Promise((resolve) => {
      asking.on('socket', (socket) => socket.once('connect', () => resolve(true)));
      asking.on('error', () => resolve(false));
    });
    if (heard === true) return;
    await wait(50);
  }
}
