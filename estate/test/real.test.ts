import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Server as GrpcServer, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { createAuthority } from '../src/authority.ts';
import { missing, skipWithout, startReal, type Real, type RealKind } from '../src/real/index.ts';
import { startNode } from '../src/recipes/child.ts';
import * as drivers from './drivers.ts';

// Real servers, real drivers, verification on: each driver logs in and does one thing under the name on the
// certificate, and is refused under any other.

const root = await createAuthority({ name: 'Real Root CA' });
const between = await root.intermediate({ name: 'Real CA' });
const right = 'server.shop.test';
const wrong = 'other.shop.test';
const certificate = await between.issue({ names: [right] });

/** A server, started in its own way, and what each driver gets from it. */
interface Stand {
  readonly about: string;
  readonly kinds: readonly RealKind[];
  readonly start: () => Promise<Real>;
  readonly visits: Readonly<Record<string, readonly [visit: drivers.Visit, expected: unknown]>>;
}

const stands: readonly Stand[] = [
  {
    // First, for it takes longer than all others together.
    about: 'RabbitMQ',
    kinds: ['rabbitmq'],
    start: () => startReal('rabbitmq', certificate),
    visits: { amqplib: [drivers.withAmqplib, 'hello'] },
  },
  {
    about: 'PostgreSQL',
    kinds: ['postgresql'],
    start: () => startReal('postgresql', certificate),
    visits: {
      pg: [drivers.withPg, [{ name: 'tester', ssl: true }]],
      postgres: [drivers.withPostgres, [{ name: 'tester', ssl: true }]],
    },
  },
  {
    about: 'MariaDB',
    kinds: ['mariadb'],
    start: () => startReal('mariadb', certificate),
    visits: { mysql2: [drivers.withMysql2, [{ name: 'tester@127.0.0.1', tls: 1 }]] },
  },
  {
    about: 'Redis',
    kinds: ['redis'],
    start: () => startReal('redis', certificate),
    visits: { ioredis: [drivers.withIoredis, 'hello'], redis: [drivers.withRedis, 'hello'] },
  },
  ...['127.0.0.1', 'localhost'].map((announced): Stand => ({
    about: `Redis Cluster whose nodes are ${announced}`,
    kinds: ['redis-cluster'],
    start: () =>
      startReal('redis-cluster', certificate, announced === 'localhost' ? { announce: announced } : {}),
    visits: {
      'ioredis Cluster': [drivers.withIoredisCluster, { values: ['a', 'b', 'c'], hosts: [announced] }],
    },
  })),
  {
    about: 'Mosquitto',
    kinds: ['mosquitto'],
    start: () => startReal('mosquitto', certificate),
    visits: { mqtt: [drivers.withMqtt, 'hello'] },
  },
  ...(['implicit', 'starttls'] as const).flatMap((tls): Stand[] => [
    {
      about: `Dovecot, TLS ${tls}`,
      kinds: ['dovecot'],
      start: () => startReal('dovecot', certificate, { tls }),
      visits: { imapflow: [drivers.withImapflow(tls === 'implicit'), 0] },
    },
    {
      about: `Exim, TLS ${tls}`,
      kinds: ['exim'],
      start: () => startReal('exim', certificate, { tls }),
      visits: { nodemailer: [drivers.withNodemailer(tls === 'implicit'), ['b@shop.test']] },
    },
    {
      about: `vsftpd, TLS ${tls}`,
      kinds: ['vsftpd'],
      start: () => startReal('vsftpd', certificate, { tls }),
      visits: {
        'basic-ftp': [drivers.withBasicFtp(tls === 'implicit' ? tls : true), [['hello.txt', 6]]],
      },
    },
  ]),
  {
    about: 'nginx',
    kinds: ['nginx'],
    start: startNginxWithGrpc,
    visits: {
      https: [drivers.withHttps, 'ok'],
      http2: [drivers.withHttp2, 'ok'],
      'grpc-js': [drivers.withGrpc, 'hello'],
    },
  },
  {
    about: 'Squid, by its own name',
    kinds: ['squid', 'nginx'],
    start: () => startSquidWithOrigin(true),
    visits: {
      'https-proxy-agent': [drivers.withHttpsProxyAgent(right), 'ok'],
      'undici ProxyAgent': [drivers.withProxyAgent(right), 'ok'],
    },
  },
  {
    about: 'nginx behind Squid, by the name of the origin',
    kinds: ['squid', 'nginx'],
    start: () => startSquidWithOrigin(false),
    visits: {
      'https-proxy-agent': [drivers.throughHttpsProxyAgent, 'ok'],
      'undici ProxyAgent': [drivers.throughProxyAgent, 'ok'],
    },
  },
];

/** In front of a gRPC server that sends back what it gets. */
async function startNginxWithGrpc(): Promise<Real> {
  const octets = (message: Buffer): Buffer => message;
  const codec = {
    ...{ requestSerialize: octets, requestDeserialize: octets, requestStream: false },
    ...{ responseSerialize: octets, responseDeserialize: octets, responseStream: false },
  };
  const server = new GrpcServer();
  server.addService(
    { echo: { path: '/shop.Shop/Echo', ...codec } },
    { echo: (({ request }, answer) => answer(null, request)) satisfies handleUnaryCall<Buffer, Buffer> },
  );
  const grpc = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
  const real = await startReal('nginx', certificate, { grpc });
  return {
    ...real,
    async stop() {
      server.forceShutdown();
      await real.stop();
    },
  };
}

/** In front of nginx, whose port is the second one. */
async function startSquidWithOrigin(tls: boolean): Promise<Real> {
  const hosts = { [right]: '127.0.0.1', [wrong]: '127.0.0.1' };
  const [squid, origin] = await Promise.all([
    startReal('squid', certificate, { tls, hosts }),
    startReal('nginx', certificate),
  ]);
  return {
    ...squid,
    ports: [squid.port, origin.port],
    log: () => squid.log() + origin.log(),
    async stop() {
      await Promise.all([squid.stop(), origin.stop()]);
    },
  };
}

/** These put words of their own in place of Node's code, and keep what it said. */
const losesTheCode = new Set(['mysql2', 'grpc-js']);

describe('a real server with a real driver', { concurrency: 4 }, () => {
  for (const { about, kinds, start, visits } of stands) {
    describe(about, { skip: skipWithout(...kinds) }, () => {
      let real: Real;
      before(async () => {
        for (const kind of kinds) assert.equal(missing(kind), null);
        real = await start();
      });
      after(() => real?.stop());
      for (const [driver, [visit, expected]] of Object.entries(visits)) {
        it(`lets ${driver} in under the name on its certificate`, async () => {
          const got = await visit(real, right, root.cert).catch((error: unknown) => {
            throw new Error(`the server said: ${real.log()}`, { cause: error });
          });
          assert.deepEqual(got, expected);
        });
        it(`is refused by ${driver} under another name`, async () => {
          const sign = losesTheCode.has(driver)
            ? `is not in the cert's altnames`
            : 'ERR_TLS_CERT_ALTNAME_INVALID';
          await assert.rejects(visit(real, wrong, root.cert), (error) => {
            assert.ok(inspect(error, { depth: 8 }).includes(sign), inspect(error));
            return true;
          });
        });
      }
    });
  }
});

describe('the process of a real server', { skip: skipWithout('nginx', 'postgresql') }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'altname-test-'));
    // The servers run as somebody else when the tests run as root.
    await chmod(folder, 0o755);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const ends = {
    'is killed': "process.kill(process.pid, 'SIGKILL');",
    'just ends': '',
  };
  for (const [how, last] of Object.entries(ends)) {
    it(`goes, with its folder, when the process that started it ${how}`, async () => {
      const source = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
      const code = `
        import { startReal } from ${source('../src/real/index.js')};
        process.env.TMPDIR = ${JSON.stringify(folder)};
        const credentials = ${JSON.stringify(certificate)};
        const kinds = ['nginx', 'postgresql'];
        const reals = await Promise.all(kinds.map((kind) => startReal(kind, credentials)));
        await new Promise((done) => process.stdout.write(JSON.stringify(reals.map(({ port }) => port)), done));
        ${last}
      `;
      const child = startNode(['--input-type=module', '--eval', code], null);
      const { code: exit, stdout, stderr } = await child.ended;
      assert.deepEqual([exit, stderr], [last === '' ? 0 : null, '']);
      const ports = JSON.parse(stdout) as number[];
      assert.equal(ports.length, 2);
      const gone = async (): Promise<boolean> => {
        const left = await readdir(folder);
        return left.length === 0 && (await Promise.all(ports.map(isClosed))).every(Boolean);
      };
      const until = Date.now() + 10_000;
      while (!(await gone())) {
        assert.ok(Date.now() < until, `still there: ${(await readdir(folder)).join(' ')}`);
        await wait(50);
      }
    });
  }

  it('says what is wrong when it does not come up', async () => {
    const broken = { chain: certificate.chain, key: 'no key' };
    await assert.rejects(startReal('nginx', broken), /nginx does not answer \(ended with 1\): .*key\.pem/s);
  });

  it('is gone when it was stopped, and its port with it', async () => {
    const real = await startReal('nginx', certificate);
    assert.equal(await isClosed(real.port), false);
    await real.stop();
    await real.stop();
    assert.equal(await isClosed(real.port), true);
  });
});

async function isClosed(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
