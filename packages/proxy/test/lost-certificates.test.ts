import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { createProxy, type Proxy, type ProxyOptions } from '@altname/proxy';
import { scratch, testAuthority, type Identity } from './authority.ts';
import { ask } from './client.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const upstream = await startUpstream(await authority.issue('api.test'), echo);
const [first, second] = await Promise.all([authority.issue('a.test'), authority.issue('a.test')]);
const ca = authority.root;

async function put(dir: string, { cert, key }: Identity): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'a.key'), key);
  await writeFile(join(dir, 'a.pem'), cert);
}

interface Running {
  readonly proxy: Proxy;
  readonly port: number;
  readonly dir: string;
  readonly problems: string[];
  readonly options: ProxyOptions;
}

async function started(): Promise<Running> {
  const dir = join(await scratch(), 'certificates');
  await put(dir, first);
  const problems: string[] = [];
  const options: ProxyOptions = {
    listen: '127.0.0.1:0',
    tls: { dir },
    upstreams: { api: { to: upstream.url, name: 'api.test', ca } },
    admin: {},
    timeouts: { drain: 500 },
    onProblem: ({ message }) => problems.push(message.replaceAll(dir, 'DIR')),
  };
  const proxy = createProxy(options);
  const { port } = await proxy.listen();
  after(() => proxy.close());
  return { proxy, port, dir, problems, options };
}

async function serialOn(port: number): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca, servername: 'a.test' });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function until(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within 30 s: ${what}`);
}

const losses: readonly (readonly [string, (dir: string) => Promise<void>, readonly RegExp[]])[] = [
  ['removed', (dir) => rm(dir, { recursive: true }), [/^DIR: cannot be read: ENOENT$/]],
  [
    'emptied',
    async (dir) => {
      await rm(join(dir, 'a.pem'));
      await rm(join(dir, 'a.key'));
    },
    [/^DIR: holds no certificate any more; those before go on$/],
  ],
  [
    'filled with what is none',
    async (dir) => {
      await writeFile(join(dir, 'a.pem'), Buffer.alloc(3000, 7));
      await writeFile(join(dir, 'a.key'), 'no key\n');
    },
    [/^DIR\/a\.pem: holds no PEM; the one before goes on$/, /^DIR\/a\.key: holds no PEM$/],
  ],
  [
    'replaced by a file',
    async (dir) => {
      await rename(dir, `${dir}.away`);
      await writeFile(dir, 'x');
    },
    [/^DIR: cannot be read: ENOTDIR$/],
  ],
  [
    'left with a certificate whose key is gone',
    (dir) => rm(join(dir, 'a.key')),
    [/^DIR\/a\.pem: .*no key.*; the one before goes on$/],
  ],
];

describe('the directory of certificates, while the proxy runs', () => {
  for (const [title, lose, told] of losses) {
    it(`${title}: what was good is served on, it is told in a line, and what comes then is served`, async () => {
      const { proxy, port, dir, problems, options } = await started();
      const serial = await serialOn(port);
      await lose(dir);
      await until(() => problems.length >= told.length, 'it is told');
      // What is wrong is looked at again and again, and told once.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.equal(problems.length, told.length, problems.join('\n'));
      for (const pattern of told)
        assert.ok(
          problems.some((problem) => pattern.test(problem)),
          problems.join('\n'),
        );
      assert.equal(await serialOn(port), serial);
      assert.equal(proxy.unready(), null);
      // A reload changes nothing about it.
      await proxy.reload({ ...options, routes: [{ path: '/only', to: 'api' }] });
      assert.equal(await serialOn(port), serial);
      const via = { port, ca, servername: 'a.test', headers: { host: 'a.test' } };
      assert.equal((await ask({ ...via, path: '/only' })).status, 200);
      await rm(dir, { recursive: true, force: true });
      await put(dir, second);
      await until(async () => (await serialOn(port)) !== serial, 'the new one');
    });
  }
});

describe('a reload to another directory', () => {
  for (const [title, make, expected] of [
    ['that is not there', () => Promise.resolve(), /^tls\.dir: .*other: there is no such directory$/],
    [
      'that is empty',
      (dir) => mkdir(dir).then(() => {}),
      /^tls\.dir: .*other: no certificate in it can be served$/,
    ],
    [
      'that holds what is no certificate',
      async (dir) => {
        await mkdir(dir);
        await writeFile(join(dir, 'a.pem'), 'x');
      },
      /^tls\.dir: .*other: no certificate in it can be served$/,
    ],
  ] as const satisfies readonly (readonly [string, (dir: string) => Promise<void>, RegExp])[]) {
    it(`${title} is refused in a line, and what was good is served on`, async () => {
      const { proxy, port, dir, options } = await started();
      const serial = await serialOn(port);
      const other = join(dir, '..', 'other');
      await make(other);
      const reload = proxy.reload({ ...options, tls: { dir: other } });
      await assert.rejects(reload, { code: 'ALTNAME_BAD_OPTION', message: expected });
      assert.equal(await serialOn(port), serial);
      // The first one is followed still.
      await put(dir, second);
      await until(async () => (await serialOn(port)) !== serial, 'the new one');
    });
  }

  it('at the start it is told, and served as soon as there is one', async () => {
    const dir = await scratch();
    const problems: string[] = [];
    const proxy = createProxy({
      listen: '127.0.0.1:0',
      tls: { dir },
      upstreams: { api: { to: upstream.url, name: 'api.test', ca } },
      onProblem: ({ message }) => problems.push(message.replaceAll(dir, 'DIR')),
    });
    const { port } = await proxy.listen();
    after(() => proxy.close());
    assert.deepEqual(problems, [
      'DIR: no certificate in it can be served: clients are refused until there is one',
    ]);
    assert.equal(proxy.unready(), 'no certificate is loaded');
    await put(dir, first);
    await until(() => proxy.unready() === null, 'the certificate');
    assert.match(await serialOn(port), /^[0-9A-F]+$/);
  });
});
