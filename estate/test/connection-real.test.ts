import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  connection,
  eachHost,
  mysql2Options,
  pgOptions,
  type Connection,
  type HostDial,
} from '@altname/client';
import { Client as FtpClient } from 'basic-ftp';
import { ImapFlow } from 'imapflow';
import { Cluster, Redis } from 'ioredis';
import mqtt from 'mqtt';
import { createPool } from 'mysql2/promise';
import nodemailer from 'nodemailer';
import pg from 'pg';
import postgres from 'postgres';
import { createClient } from 'redis';
import { createAuthority } from '../src/authority.ts';
import { missing, skipWithout, startReal, type Real, type RealKind } from '../src/real/index.ts';

// Connections to real servers, whose drivers speak to them before and after TLS: each logs in and does one thing under
// the name on the certificate, and is refused under any other.

const root = await createAuthority({ name: 'Company CA' });
const right = 'db.internal.test';
const certificate = await root.issue({ names: [right] });

type Visit = (c: Connection<HostDial>, login: Real['login']) => Promise<unknown>;

const stands: readonly {
  readonly kind: RealKind;
  readonly start: () => Promise<Real>;
  readonly visits: Readonly<Record<string, readonly [visit: Visit, expected: unknown]>>;
}[] = [
  {
    kind: 'postgresql',
    start: () => startReal('postgresql', certificate),
    visits: { pg: [withPg, [{ one: 1 }]], 'pg.Pool': [withPgPool, [1, 1]], postgres: [withPostgres, 1] },
  },
  {
    kind: 'mariadb',
    start: () => startReal('mariadb', certificate),
    visits: { mysql2: [withMysql2, [{ one: 1 }]] },
  },
  {
    kind: 'redis',
    start: () => startReal('redis', certificate),
    visits: { ioredis: [withIoredis, 'hello'], redis: [withRedis, 'hello'] },
  },
  {
    kind: 'mosquitto',
    start: () => startReal('mosquitto', certificate),
    visits: { mqtt: [withMqtt, 'connected'] },
  },
  {
    kind: 'exim',
    start: () => startReal('exim', certificate, { tls: 'starttls' }),
    visits: { 'nodemailer, STARTTLS': [withNodemailer, ['b@shop.test']] },
  },
  {
    kind: 'dovecot',
    start: () => startReal('dovecot', certificate, { tls: 'starttls' }),
    visits: { 'imapflow, STARTTLS': [withImapflow, 0] },
  },
  {
    kind: 'vsftpd',
    start: () => startReal('vsftpd', certificate, { tls: 'starttls' }),
    visits: { 'basic-ftp, with a data connection': [withBasicFtp, ['hello.txt']] },
  },
];

describe('a connection to a real server', { concurrency: 3 }, () => {
  for (const { kind, start, visits } of stands) {
    describe(kind, { skip: skipWithout(kind) }, () => {
      let real: Real;
      before(async () => {
        assert.equal(missing(kind), null);
        real = await start();
      });
      after(() => real?.stop());
      for (const [driver, [visit, expected]] of Object.entries(visits)) {
        it(`${driver} gets in`, async () =>
          assert.deepEqual(await visit(to(real, right), real.login), expected));
        it(`${driver} is refused under another name`, async () => {
          await assert.rejects(visit(to(real, 'other.internal.test'), real.login), (error) => {
            assert.match(inspect(error, { depth: 8 }), /altnames/);
            return true;
          });
        });
      }
    });
  }
});

describe('a Redis cluster', { skip: skipWithout('redis-cluster') }, () => {
  for (const [names, announced] of [
    [['localhost'], 'accepted'],
    [['elsewhere.test'], 'refused'],
  ] as const) {
    it(`is ${announced} under the names that its nodes announce, with a certificate for ${names[0]}`, async () => {
      assert.equal(missing('redis-cluster'), null);
      const real = await startReal('redis-cluster', await root.issue({ names }), { announce: 'localhost' });
      const { user: username, password } = real.login;
      const cluster = new Cluster([{ host: 'localhost', port: real.port }], {
        dnsLookup: (address, callback) => callback(null, address),
        redisOptions: { username, password, tls: eachHost({ ca: root.cert }) },
        lazyConnect: true,
        clusterRetryStrategy: () => null,
      });
      cluster.on('error', () => {});
      const talk = async (): Promise<(string | null)[]> => {
        await cluster.connect();
        for (const key of ['a', 'b', 'c']) await cluster.set(key, key);
        return Promise.all(['a', 'b', 'c'].map((key) => cluster.get(key)));
      };
      try {
        if (announced === 'accepted') assert.deepEqual(await talk(), ['a', 'b', 'c']);
        else await assert.rejects(talk());
      } finally {
        cluster.disconnect();
        await real.stop();
      }
    });
  }
});

/** Through localhost, as a tunnel ends. */
function to({ port }: Real, name: string): Connection<HostDial> {
  return connection({ to: `localhost:${port}`, name, ca: root.cert }) as Connection<HostDial>;
}

async function withPg(c: Connection<HostDial>, login: Real['login']): Promise<unknown> {
  const client = new pg.Client({ ...login, database: 'postgres', ...pgOptions(c) });
  await client.connect();
  const { rows } = await client.query('select 1 as one');
  await client.end();
  return rows;
}

async function withPgPool(c: Connection<HostDial>, login: Real['login']): Promise<unknown> {
  const pool = new pg.Pool({ ...login, database: 'postgres', ...pgOptions(c) });
  try {
    const results = await Promise.all([1, 2].map(() => pool.query<{ one: number }>('select 1 as one')));
    return results.map(({ rows }) => rows[0]?.one);
  } finally {
    await pool.end();
  }
}

async function withPostgres(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const sql = postgres({ user, password, database: 'postgres', ...c.dial, ssl: c.secure, max: 1 });
  try {
    const [row] = await sql`select 1 as one`;
    return row?.['one'];
  } finally {
    await sql.end();
  }
}

async function withMysql2(c: Connection<HostDial>, login: Real['login']): Promise<unknown> {
  const pool = createPool({ ...login, ...mysql2Options(c) });
  try {
    const [rows] = await pool.query('select 1 as one');
    return rows;
  } finally {
    await pool.end();
  }
}

async function withIoredis(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const redis = new Redis({
    username: user,
    password,
    ...c.dial,
    tls: c.secure,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  const failed = once(redis, 'error').then(([error]) => Promise.reject(error as Error));
  try {
    return await Promise.race([redis.connect().then(() => redis.echo('hello')), failed]);
  } finally {
    redis.disconnect();
  }
}

async function withRedis(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const client = createClient({
    username: user,
    password,
    socket: { ...c.dial, tls: true, ...c.secure, reconnectStrategy: false },
  });
  client.on('error', () => {});
  await client.connect();
  const answer = await client.echo('hello');
  client.destroy();
  return answer;
}

async function withMqtt(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const options = { ...c.tls, username: user, password, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(`mqtts://${c.to}`, options, false);
  await client.endAsync();
  return 'connected';
}

async function withNodemailer(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const auth = { user, pass: password };
  const transport = nodemailer.createTransport({ ...c.dial, requireTLS: true, tls: c.secure, auth });
  const { accepted } = await transport.sendMail({ from: 'a@shop.test', to: 'b@shop.test', text: 'hello' });
  transport.close();
  return accepted;
}

async function withImapflow(c: Connection<HostDial>, { user, password }: Real['login']): Promise<unknown> {
  const auth = { user, pass: password };
  const client = new ImapFlow({
    ...c.dial,
    secure: false,
    doSTARTTLS: true,
    tls: c.secure,
    auth,
    logger: false,
  });
  client.on('error', () => {});
  await client.connect();
  const { exists } = await client.mailboxOpen('INBOX');
  await client.logout();
  return exists;
}

async function withBasicFtp(c: Connection<HostDial>, login: Real['login']): Promise<unknown> {
  const client = new FtpClient();
  try {
    await client.access({ ...c.dial, ...login, secure: true, secureOptions: { ...c.secure } });
    return (await client.list()).map(({ name }) => name);
  } finally {
    client.close();
  }
}
