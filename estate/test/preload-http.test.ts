import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clientProfiles, type Diagnosis, type FindingCode, type Origin } from '@altname/core';
import { createAuthority, type Authority } from '../src/authority.ts';
import { alert } from '../src/behaviour/alert.ts';
import { listen } from '../src/behaviour/listener.ts';
import { skipWithout, startReal, type Real } from '../src/real/index.ts';
import { startNode } from '../src/recipes/child.ts';
import { startSink, type Seen, type Sink } from '../src/recipes/sink.ts';
import { httpClients, type Asked, type HttpClient } from './programs/http-clients.ts';
import { proxyClients, reverseProxies, tunnels, type ProxyClient } from './programs/http-proxies.ts';

// The preload in programs of every HTTP client, against real servers with real faults. Each program is run with and
// without it, and does the same; what the preload says is compared with what the server saw; and the code it prints is
// run against that very server.

const register = createRequire(import.meta.url).resolve('@altname/client/register');
const testNames = fileURLToPath(new URL('programs/test-names.js', import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const api = 'api.shop.test';

let folder: string;
let known: Authority;
let unknown: Authority;
let caFile: string;

before(async () => {
  // Beneath the estate, so that the packages the programs import are found from there.
  folder = await mkdtemp(fileURLToPath(new URL('../preload-http-', import.meta.url)));
  known = await createAuthority({ name: 'Known CA' });
  unknown = await createAuthority({ name: 'Unknown CA' });
  caFile = join(folder, 'known.pem');
  await writeFile(caFile, known.cert);
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe(`the preload on Node ${process.version}`, { concurrency: 3 }, () => {
  for (const client of [...httpClients, ...reverseProxies]) {
    it(client.title, { skip: tooOld(client), timeout: 60_000 }, (t) => clientWithFaults(t, client, {}));
  }
});

describe('the preload, through a proxy', { concurrency: 3, skip: skipWithout('squid') }, () => {
  let plain: Real;
  let secure: Real;
  before(async () => {
    const hosts = Object.fromEntries(
      [api, 'one.shop.test', 'two.shop.test'].map((name) => [name, '127.0.0.1']),
    );
    const certificate = await known.issue({ names: ['proxy.shop.test'] });
    [plain, secure] = await Promise.all([
      startReal('squid', certificate, { hosts, tls: false }),
      startReal('squid', certificate, { hosts }),
    ]);
  });
  after(() => Promise.all([plain.stop(), secure.stop()]));

  for (const client of tunnels) {
    it(`${client.title}, the target, a proxy without TLS`, { skip: tooOld(client), timeout: 60_000 }, (t) =>
      clientWithFaults(t, client, { HTTPS_PROXY: `http://127.0.0.1:${plain.port}` }),
    );
    it(`${client.title}, the target, a proxy with TLS`, { skip: tooOld(client), timeout: 60_000 }, (t) =>
      clientWithFaults(t, client, { HTTPS_PROXY: `https://proxy.shop.test:${secure.port}` }),
    );
  }
  for (const client of proxyClients) {
    it(`${client.title}, the proxy itself`, { skip: tooOld(client), timeout: 60_000 }, (t) =>
      proxyLeg(t, client, secure),
    );
  }
});

/** A place where a program fails, and what is to be said of it. */
interface Fault {
  readonly name: string;
  readonly asked: Asked;
  readonly sink: Sink | null;
  /** Null where this client is answered. */
  readonly said: Said | null;
}

interface Said {
  readonly cause: FindingCode;
  readonly also?: readonly FindingCode[];
  readonly asked: readonly [string, Origin];
  readonly sent: readonly [string | null, Origin];
  readonly checked: readonly [string, Origin];
  readonly host: readonly [string | null, Origin];
  readonly who: string;
  /** The client's own recipe, for these values; null where the client cannot mend it. */
  readonly recipe: string | null;
  /** Whether that is all that is wrong. */
  readonly mends: boolean;
}

type Variables = Readonly<Record<string, string>>;

async function clientWithFaults(t: TestContext, client: HttpClient, variables: Variables): Promise<void> {
  const { faults, close } = await faultsOf(client, variables);
  try {
    const written = await programOf(client, faults);
    const { diagnoses, stdout } = await bothWays(written.file, variables, 1);
    for (const fault of faults) {
      const at = `:${fault.asked.port}`;
      const told = diagnoses.filter(({ target }) => target.endsWith(at));
      await t.test(fault.name, async (sub) => {
        if (fault.said === null) {
          assert.deepEqual(told, []);
          assert.match(stdout, new RegExp(`^${fault.name}: 200|true$`, 'm'));
          return;
        }
        assert.equal(told.length, 1, `${told.length} diagnoses`);
        const [diagnosis] = told as [Diagnosis];
        assertSaid(diagnosis, client, fault.said, `${written.file}:${written.places.get(fault.name)}`);
        assert.equal(diagnosis.app?.leg, client.tunnels === true ? 'origin' : 'direct');
        const { sink, asked } = fault;
        assert.equal(diagnosis.names.dialled.host, asked.host);
        if (sink === null) return;
        assert.deepEqual(
          new Set(sink.seen.sent),
          new Set([fault.said.sent[0]]),
          'the server name on the wire',
        );
        assert.equal(sink.seen.received, '', 'nothing was sent to a server that was refused');
        if (fault.said.recipe !== null && fault.said.mends) {
          await sub.test('the code that is printed mends it', () =>
            mends(fixCode(diagnosis) ?? '', client, sink, asked, variables),
          );
        }
      });
    }
  } finally {
    close();
  }
}

/** The servers with the faults, one for each, told apart by their ports. */
async function faultsOf(
  client: HttpClient,
  variables: Variables,
): Promise<{ faults: Fault[]; close: () => void }> {
  const sinkOf = async (name: string, by = known): Promise<Sink> =>
    await startSink(client.speech, await by.issue({ names: [name] }));
  const [bank, byAddress, byHeader, one, two, untrusted] = await Promise.all([
    sinkOf('www.bank.test'),
    sinkOf(api),
    sinkOf(api),
    sinkOf('one.shop.test'),
    sinkOf('two.shop.test'),
    sinkOf('www.bank.test', unknown),
  ]);
  const refusing = await listen(alert('unrecognized_name'));

  const profile = clientProfiles[client.client];
  const from = client.askedFrom;
  const hasHost = profile.hostHeader !== 'none';
  const hostOf = ({ host, port }: Asked): Said['host'] => [hasHost ? `${host}:${port}` : null, from];
  const apiAt = (port: number): Asked => ({ host: api, port });
  const plainly = (asked: Asked): Pick<Said, 'asked' | 'sent' | 'checked' | 'host'> => ({
    asked: [api, from],
    sent: [api, client.sentFrom ?? from],
    checked: [api, client.sentFrom ?? from],
    host: hostOf(asked),
  });

  const address: Asked = { host: '127.0.0.1', port: byAddress.port };
  const header: Asked = { ...apiAt(byHeader.port), header: 'shop.test' };
  const pinned: Asked = { host: 'two.shop.test', port: two.port, shared: 'shared' };
  const overTls = variables['HTTPS_PROXY']?.startsWith('https:') === true;
  // It gives Node neither host nor servername for an address: Node falls back to the host of the socket beneath.
  const forgets = client.client === 'https-proxy-agent';

  const faults: Fault[] = [
    {
      name: 'an address, and a certificate with names',
      asked: address,
      sink: byAddress,
      said: {
        cause: forgets ? 'checked-defaulted-to-localhost' : 'ip-not-on-certificate',
        asked: ['127.0.0.1', from],
        sent: [null, 'not-sent-for-ip'],
        checked: forgets
          ? [overTls ? 'proxy.shop.test' : 'localhost', 'default-localhost']
          : ['127.0.0.1', from],
        host: hostOf(address),
        // A new certificate is likely to be right; the name of a stranger's is only as right as the user says it is.
        who: forgets ? 'client' : 'issuer',
        recipe: profile.expectName({ dial: '127.0.0.1', port: address.port, name: api }),
        mends: true,
      },
    },
    ...(hasHost
      ? [
          {
            name: 'a Host header',
            asked: header,
            sink: byHeader,
            said: client.headerCounts
              ? ({
                  cause: 'sni-from-host-header',
                  asked: [api, from],
                  sent: ['shop.test', 'host-header'],
                  checked: ['shop.test', 'host-header'],
                  host: ['shop.test', 'host-header'],
                  who: 'client',
                  recipe:
                    client.serves === true
                      ? profile.expectName({ dial: api, port: header.port, name: api })
                      : profile.keepHostHeader({
                          dial: api,
                          port: header.port,
                          name: api,
                          hostHeader: 'shop.test',
                        }),
                  mends: true,
                } as const)
              : null,
          },
        ]
      : []),
    ...(client.shared === undefined
      ? []
      : [
          {
            name: 'a server name for every host, the one it is of',
            asked: { host: 'one.shop.test', port: one.port, shared: 'shared' },
            sink: one,
            said: null,
          },
          {
            name: 'a server name for every host, another one',
            asked: pinned,
            sink: two,
            said: {
              cause: 'pinned-servername-reused',
              asked: ['two.shop.test', from],
              sent: ['one.shop.test', 'option-servername'],
              checked: ['one.shop.test', 'option-servername'],
              host: hostOf(pinned),
              who: 'client',
              recipe: profile.expectName({ dial: 'two.shop.test', port: two.port, name: 'two.shop.test' }),
              mends: true,
            } as const,
          },
        ]),
    {
      name: 'an unknown CA and a wrong name',
      asked: apiAt(untrusted.port),
      sink: untrusted,
      said: {
        ...plainly(apiAt(untrusted.port)),
        cause: 'issuer-unknown',
        also: ['name-mismatch'],
        who: 'client',
        recipe: profile.addCa({ name: api, port: untrusted.port, file: 'ca.pem' }),
        mends: false,
      },
    },
    {
      name: 'an alert',
      asked: apiAt(refusing.port),
      sink: null,
      said: {
        ...plainly(apiAt(refusing.port)),
        cause: 'sni-refused',
        who: 'server',
        recipe: null,
        mends: false,
      },
    },
    // The last: the program does not catch it.
    {
      name: 'a wrong name',
      asked: apiAt(bank.port),
      sink: bank,
      said: {
        ...plainly(apiAt(bank.port)),
        cause: 'name-mismatch',
        who: 'issuer',
        recipe: null,
        mends: false,
      },
    },
  ];
  return {
    faults,
    close() {
      for (const sink of [bank, byAddress, byHeader, one, two, untrusted]) sink.close();
      void refusing.close();
    },
  };
}

/** Writes the program that asks for everything in turn, and ends by an error that it does not catch. */
async function programOf(
  client: HttpClient,
  faults: readonly Fault[],
): Promise<{ file: string; places: Map<string, string> }> {
  const shared = client.shared?.('one.shop.test');
  const statements = faults.map(({ name, asked }, at) =>
    [
      `process.stdout.write('${name}: ');`,
      ...(at === faults.length - 1
        ? [client.ask(asked)]
        : [
            'try {',
            `  ${client.ask(asked)}`,
            '} catch (error) {',
            '  console.log(error.message, error.code, error.cause?.code);',
            '}',
          ]),
    ].join('\n'),
  );
  // Each in a scope of its own, so that names can be used again.
  const marked = [
    client.imports,
    ...(shared === undefined ? [] : [`const shared = ${shared};`]),
    ...statements,
    '',
  ].join('\n');
  const places = marked.split('\n').flatMap((line, at) => {
    const column = line.indexOf('@@');
    return column === -1 ? [] : [`${at + 1}:${column + 1}`];
  });
  return {
    file: await write(client.title, marked.replaceAll('@@', '')),
    places: new Map(faults.map(({ name }, at) => [name, places[at] ?? ''])),
  };
}

/** Runs a program without the preload and with it: it does the same. */
async function bothWays(
  file: string,
  variables: Variables,
  exit: number,
): Promise<{ diagnoses: Diagnosis[]; stdout: string }> {
  const output = `${file}.jsonl`;
  const [without, watched] = await Promise.all([
    startNode(['--import', testNames, file], caFile, 30_000, variables).ended,
    startNode(['--import', register, '--import', testNames, file], caFile, 30_000, {
      ...variables,
      ALTNAME_REPORTER: 'json',
      ALTNAME_OUTPUT: output,
    }).ended,
  ]);
  assert.deepEqual(inCommon(watched), inCommon(without));
  assert.equal(without.code, exit, without.stderr);
  const lines = (await readFile(output, 'utf8')).trimEnd().split('\n');
  return { diagnoses: lines.map((line) => JSON.parse(line) as Diagnosis), stdout: watched.stdout };
}

/**
 * What does not depend on the process: OpenSSL has the number of its thread in its texts, and some errors are printed
 * with their sockets and timings, so of stderr the stacks are compared. The lines of Node itself are only so exact as
 * its compiler left them.
 */
function inCommon({
  code,
  stdout,
  stderr,
}: {
  code: number | null;
  stdout: string;
  stderr: string;
}): unknown {
  return {
    code,
    stdout: stdout.replaceAll(/\b[\dA-F]{12,16}(?=:error:)/g, ''),
    stacks: stderr.match(/^ +at .*$/gm)?.map((line) => line.replace(/\(node:([\w/]+)[:\d]*\)/, '($1)')),
  };
}

function assertSaid(
  diagnosis: Diagnosis,
  client: Pick<HttpClient, 'client' | 'library'>,
  said: Said,
  callSite: string,
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
      callSite: relative(process.cwd(), callSite),
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
function fixCode({ fixes }: Diagnosis): string | null {
  return fixes.find(({ who, code }) => who === 'client' && code?.includes('import ') === true)?.code ?? null;
}

/** Runs a printed fix as it stands, until its data is at the server that was refused before. */
async function mends(
  code: string,
  client: Pick<HttpClient, 'title' | 'installedAs' | 'firstWords' | 'serves'>,
  sink: Sink,
  asked: Pick<Asked, 'header'>,
  variables: Variables,
): Promise<void> {
  // The package of the recipe stands here under another name.
  const here =
    client.installedAs === undefined ? code : code.replace(`from 'undici'`, `from '${client.installedAs}'`);
  const file = await write(`${client.title} fix`, here + (client.firstWords ?? ''));
  const port = client.serves === true ? String(await freePort()) : null;
  const child = startNode(['--import', testNames, file], caFile, 30_000, {
    ...variables,
    ...(port !== null && { PORT: port }),
  });
  const ended = child.ended.then(() => false);
  if (port !== null) void ask(Number(port), asked.header ?? 'localhost');
  const enough = ({ received }: Seen): boolean =>
    client.firstWords === undefined ? /:authority|\r\n\r\n/.test(received) : received !== '';
  const arrived = await Promise.race([sink.until(enough, 20_000), ended.then(() => sink.until(enough, 200))]);
  child.stop();
  const { stdout, stderr } = await child.ended;
  assert.ok(arrived, `no data came from this code:\n${here}\n${stdout}${stderr}`);
  if (asked.header !== undefined && client.serves !== true) {
    assert.match(sink.seen.received, new RegExp(`^(host|:authority): ${asked.header}\\r?$`, 'im'));
  }
}

/** The leg to a proxy that is spoken to over TLS. */
async function proxyLeg(t: TestContext, client: ProxyClient, squid: Real): Promise<void> {
  const target = await startSink('http', await known.issue({ names: [api] }));
  const untrusted = await startSink('silence', await unknown.issue({ names: ['www.bank.test'] }));
  const refusing = await listen(alert('unrecognized_name'));
  const profile = clientProfiles[client.client];
  const plainly = (host: string, port: number): Pick<Said, 'asked' | 'sent' | 'checked' | 'host'> => ({
    asked: [host, 'url'],
    sent: [host, 'url'],
    checked: [host, 'url'],
    host: [`${host}:${port}`, 'url'],
  });
  const faults: readonly { name: string; host: string; port: number; said: Said }[] = [
    {
      name: 'a wrong name',
      host: 'squid.shop.test',
      port: squid.port,
      said: {
        ...plainly('squid.shop.test', squid.port),
        ...{ cause: 'name-mismatch', who: 'issuer', recipe: null, mends: false },
      },
    },
    {
      name: 'an address, and a certificate with names',
      host: '127.0.0.1',
      port: squid.port,
      said: {
        ...plainly('127.0.0.1', squid.port),
        cause: 'ip-not-on-certificate',
        sent: client.sentToAddress,
        who: 'issuer',
        recipe: profile.expectProxyName?.({ name: 'proxy.shop.test' }) ?? '',
        mends: true,
      },
    },
    {
      name: 'an unknown CA and a wrong name',
      host: 'proxy.shop.test',
      port: untrusted.port,
      said: {
        ...plainly('proxy.shop.test', untrusted.port),
        ...{ cause: 'issuer-unknown', also: ['name-mismatch'], who: 'client', recipe: null, mends: false },
      },
    },
    {
      name: 'an alert',
      host: 'proxy.shop.test',
      port: refusing.port,
      said: {
        ...plainly('proxy.shop.test', refusing.port),
        ...{ cause: 'sni-refused', who: 'server', recipe: null, mends: false },
      },
    },
  ];
  try {
    const targetUrl = `https://${api}:${target.port}/pay`;
    const marked = client.program(targetUrl);
    const before_ = marked.slice(0, marked.indexOf('@@')).split('\n');
    const place = `${before_.length}:${(before_.at(-1)?.length ?? 0) + 1}`;
    for (const { name, host, port, said } of faults) {
      await t.test(name, async (sub) => {
        const file = await write(`${client.title} proxy`, marked.replace('@@', ''));
        const variables = { HTTPS_PROXY: `https://${host}:${port}` };
        const { diagnoses } = await bothWays(file, variables, 1);
        assert.equal(diagnoses.length, 1);
        const [diagnosis] = diagnoses as [Diagnosis];
        assertSaid(diagnosis, client, said, `${file}:${place}`);
        assert.equal(diagnosis.app?.leg, 'proxy');
        assert.equal(diagnosis.names.dialled.host, host);
        assert.equal(diagnosis.names.dialled.port, port);
        if (said.mends) {
          await sub.test('the code that is printed mends it', () =>
            mends(fixCode(diagnosis) ?? '', client, target, {}, { ...variables, TARGET_URL: targetUrl }),
          );
        }
      });
    }
  } finally {
    for (const sink of [target, untrusted]) sink.close();
    await refusing.close();
  }
}

let written = 0;

async function write(title: string, text: string): Promise<string> {
  const file = join(folder, `${title.replaceAll(/\W+/g, '-')}-${++written}.mjs`);
  await writeFile(file, text);
  return file;
}

/** undici 8 says in its package.json which Node it is for. */
function tooOld({ installedAs }: Pick<HttpClient, 'installedAs'>): string | false {
  if (installedAs !== 'undici8') return false;
  return major > 22 || (major === 22 && minor >= 19) ? false : 'undici 8 needs Node 22.19 or later';
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
