import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { rollup } from 'rollup';
import ts from 'typescript';
import type { Diagnosis } from '@altname/core';
import { createAuthority, type Credentials } from '../src/authority.ts';
import { startSink, type Sink, type Speech } from '../src/recipes/sink.ts';
import { ProgramFolder, type Watched, type WatchOptions } from './programs/watched-program.ts';

// Programs whose own frame is not simply on the stack of tls.connect: what the preload must find all the same.

let leaf: Credentials;
let folder: ProgramFolder;
const closing: { close(): void }[] = [];

before(async () => {
  const authority = await createAuthority({ name: 'Known CA' });
  leaf = await authority.issue({ names: ['server.shop.test'] });
  folder = await ProgramFolder.make(authority.cert);
});

after(async () => {
  for (const each of closing) each.close();
  await folder.remove();
});

/** One program of several files; the first is run. `@@` is where the call site is. */
interface Written {
  readonly speech?: Speech;
  /** The server hangs up on so many connections before it speaks TLS. */
  readonly hangsUp?: number;
  readonly files: (port: number) => Readonly<Record<string, string>>;
  readonly by?: WatchOptions['by'];
  readonly client: string;
}

const tell = `(error) => { console.log(error.name); process.exit(1); }`;

const programs: Readonly<Record<string, Written>> = {
  'a pool that another module made': {
    speech: 'postgres',
    client: 'pg',
    files: (port) => ({
      'app.mjs': `import { pool } from './db.mjs';

export async function orders() {
  return await pool.@@query('select 1');
}
orders().catch(${tell});
`,
      'db.mjs': `import pg from 'pg';
export const pool = new pg.Pool({ host: 'localhost', port: ${port}, user: 'a', ssl: true });
`,
    }),
  },
  'a client that another module made, and that connects by itself': {
    client: 'ioredis',
    files: (port) => ({
      'app.mjs': `import { redis } from './db.mjs';
redis.on('error', ${tell});
await redis.get('a');
`,
      'db.mjs': `import { Redis } from 'ioredis';

const options = { host: 'localhost', port: ${port}, tls: {} };
export const redis = @@new Redis(options);
`,
    }),
  },
  'a class of the program around a client': {
    client: 'ioredis',
    files: (port) => ({
      'app.mjs': `import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';

class Cache extends Redis {
  constructor(port) {
    @@super({ host: 'localhost', port, tls: {} });
  }
}
class Shop extends EventEmitter {
  cache = new Cache(${port});
}
new Shop().cache.on('error', ${tell});
`,
    }),
  },
  CommonJS: {
    speech: 'postgres',
    client: 'pg',
    by: '-r',
    files: (port) => ({
      'app.cjs': `const { connect } = require('./db.cjs');

connect(${port}).catch(${tell});
`,
      'db.cjs': `const { Client } = require('pg');

exports.connect = (port) => new Client({ host: 'localhost', port, user: 'a', ssl: true }).@@connect();
`,
    }),
  },
  'CommonJS that took tls.connect apart': {
    client: 'tls',
    by: '-r',
    files: (port) => ({
      'app.cjs': `const { connect } = require('node:tls');

setTimeout(() => @@connect({ host: 'localhost', port: ${port} }).on('error', ${tell}), 10);
`,
    }),
  },
  'a server monitor that runs by itself': {
    client: 'mongodb',
    files: (port) => ({
      'app.mjs': `import { MongoClient } from 'mongodb';

const options = { tls: true, serverSelectionTimeoutMS: 1000 };
const client = new MongoClient('mongodb://localhost:${port}/', options);
setTimeout(() => client.db('shop').collection('orders').@@findOne().catch(${tell}), 10);
`,
    }),
  },
  'a retry from a timer: ioredis': {
    client: 'ioredis',
    hangsUp: 2,
    files: (port) => ({
      'app.mjs': `import { Redis } from 'ioredis';

const redis = @@new Redis({ host: 'localhost', port: ${port}, tls: {}, retryStrategy: () => 20 });
redis.on('error', (error) => { if (error.code.startsWith('ERR_TLS')) process.exit(1); });
for (let i = 0; i < 200; i++) new Redis({ host: 'other.shop.test', port: ${port}, lazyConnect: true });
`,
    }),
  },
  'a retry from a timer: redis': {
    client: 'redis',
    hangsUp: 2,
    files: (port) => ({
      'app.mjs': `import { createClient } from 'redis';

const client = createClient({ socket: { host: 'localhost', port: ${port}, tls: true, reconnectStrategy: () => 20 } });
client.on('error', (error) => { if (error.code.startsWith('ERR_TLS')) process.exit(1); });
@@await client.connect();
`,
    }),
  },
  'a retry from a timer: mqtt': {
    client: 'mqtt',
    hangsUp: 2,
    files: (port) => ({
      'app.mjs': `import { connect } from 'mqtt';

const client = @@connect({ protocol: 'mqtts', host: 'localhost', port: ${port}, reconnectPeriod: 20 });
client.on('error', (error) => { if (error.code.startsWith('ERR_TLS')) process.exit(1); });
`,
    }),
  },
  'a retry from a timer: kafkajs': {
    client: 'kafkajs',
    hangsUp: 1,
    files: (port) => ({
      'app.mjs': `import { Kafka } from 'kafkajs';

const retry = { retries: 2, initialRetryTime: 20 };
const kafka = new Kafka({ brokers: ['localhost:${port}'], ssl: true, retry, logCreator: () => () => {} });
@@await kafka.admin().connect().catch(${tell});
`,
    }),
  },
  'a retry from a timer: mongodb': {
    client: 'mongodb',
    hangsUp: 1,
    files: (port) => ({
      'app.mjs': `import { MongoClient } from 'mongodb';

const options = { tls: true, serverSelectionTimeoutMS: 1500 };
const client = new MongoClient('mongodb://localhost:${port}/', options);
await client.@@connect().catch(${tell});
`,
    }),
  },
};

/**
 * Two clients made in two places, and used from timers in such a way that nothing of the program is on the stack: what
 * the driver made for the program tells which is which, or the source does.
 */
const fromTimers: Readonly<Record<string, FromTimer>> = {
  pg: {
    speech: 'postgres',
    from: `import pg from 'pg';`,
    make: (port) => `@@new pg.Client({ host: 'localhost', port: ${port}, user: 'a', ssl: true })`,
    use: (client) => `${client}.connect.bind(${client}, () => {})`,
  },
  postgres: {
    speech: 'postgres',
    from: `import postgres from 'postgres';`,
    make: (port) => `@@postgres({ host: 'localhost', port: ${port}, ssl: {} })`,
    use: (client) => `${client}.begin.bind(${client}, () => {})`,
  },
  mysql2: {
    speech: 'mysql',
    from: `import mysql from 'mysql2';`,
    make: (port) =>
      `mysql.@@createPool({ host: 'localhost', port: ${port}, user: 'a', ssl: { verifyIdentity: true } })`,
    use: (client) => `${client}.query.bind(${client}, 'select 1', () => {})`,
  },
  mongodb: {
    from: `import { MongoClient } from 'mongodb';`,
    make: (port) =>
      `@@new MongoClient('mongodb://localhost:${port}/', { tls: true, serverSelectionTimeoutMS: 500 })`,
    use: (client) => `${client}.connect.bind(${client})`,
  },
  redis: {
    from: `import { createClient } from 'redis';`,
    make: (port) =>
      `@@createClient({ socket: { host: 'localhost', port: ${port}, tls: true, reconnectStrategy: false } })`,
    use: (client) => `${client}.connect.bind(${client})`,
  },
  nodemailer: {
    speech: 'smtp',
    from: `import nodemailer from 'nodemailer';`,
    make: (port) => `nodemailer.@@createTransport({ host: 'localhost', port: ${port}, secure: true })`,
    use: (client) => `${client}.verify.bind(${client})`,
  },
  kafkajs: {
    from: `import { Kafka } from 'kafkajs';
const options = { ssl: true, retry: { retries: 0 }, logCreator: () => () => {} };`,
    make: (port) => `@@new Kafka({ brokers: ['localhost:${port}'], ...options }).producer()`,
    use: (client) => `${client}.connect.bind(${client})`,
  },
  elasticsearch: {
    speech: 'http',
    from: `import { Client } from '@elastic/elasticsearch';`,
    make: (port) => `@@new Client({ node: 'https://localhost:${port}', maxRetries: 0 })`,
    use: (client) => `${client}.ping.bind(${client})`,
  },
  tedious: {
    speech: 'tds',
    from: `import { Connection } from 'tedious';
const authentication = { type: 'default', options: { userName: 'a', password: 'b' } };`,
    make: (port) =>
      `@@new Connection({ server: 'localhost', authentication, options: { port: ${port}, encrypt: true } })`,
    use: (client) => `${client}.connect.bind(${client}, () => {})`,
  },
};

interface FromTimer {
  readonly speech?: Speech;
  readonly from: string;
  readonly make: (port: number) => string;
  readonly use: (client: string) => string;
}

describe(`call sites on Node ${process.version}`, { concurrency: 3 }, () => {
  for (const [title, program] of Object.entries(programs)) {
    it(title, { timeout: 60_000 }, async () => {
      const port = await serve(program);
      const { main, callSite } = await write(title, program.files(port));
      const { behaviour, diagnoses } = await folder.watch(
        [main],
        program.by === undefined ? {} : { by: program.by },
      );
      explains(diagnoses, program.client, callSite, behaviour);
    });
  }

  for (const [client, { speech = 'silence', from, make, use }] of Object.entries(fromTimers)) {
    it(`two clients from timers: ${client}`, { timeout: 60_000 }, async () => {
      const ports = [await serve({ speech }), await serve({ speech })] as const;
      const makers = ports.map(
        (port, i) => `export const client = ${make(port)};\nexport const number = ${i};\n`,
      );
      const [one, two] = await Promise.all(
        makers.map((text, i) => write(`timers-${client}`, { [`db-${i}.mjs`]: `${from}\n${text}` })),
      );
      const { main } = await write(`timers-${client}`, {
        'app.mjs': `import { client as one } from './db-0.mjs';
import { client as two } from './db-1.mjs';

process.on('uncaughtException', () => {});
setTimeout(${use('one')}, 10);
setTimeout(${use('two')}, 10);
setTimeout(() => process.exit(), 2500).unref();
`,
      });
      const { behaviour, diagnoses } = await folder.watch([main]);
      const seen = diagnoses.map(({ names, client: name, app }) => [name, names.dialled.port, app?.callSite]);
      const expected = [
        [client, ports[0], one?.callSite],
        [client, ports[1], two?.callSite],
      ];
      assert.deepEqual(new Set(seen), new Set(expected), `${behaviour.stdout}${behaviour.stderr}`);
    });
  }

  for (const inline of [false, true]) {
    it(`TypeScript, compiled with ${inline ? 'a source map in the file' : 'a source map beside it'}`, async () => {
      const { port } = await open('postgres');
      const source = `import pg from 'pg';

interface Order {
  readonly id: number;
}

export async function orders(port: number): Promise<readonly Order[]> {
  const client: pg.Client = new pg.Client({ host: 'localhost', port, user: 'a', ssl: true });
  await client.@@connect();
  return (await client.query<Order>('select 1')).rows;
}

orders(${port}).catch((error: Error) => console.log(error.name));
`;
      const name = `typescript-${inline}`;
      const { callSite } = await write(name, { 'src/app.ts': source });
      const { outputText, sourceMapText } = ts.transpileModule(source.replace('@@', ''), {
        fileName: 'app.ts',
        compilerOptions: {
          module: ts.ModuleKind.ESNext,
          target: ts.ScriptTarget.ES2022,
          // As tsc writes it, the map names the source from where it is; else from its sourceRoot.
          ...(inline ? { inlineSourceMap: true, sourceRoot: '../src' } : { sourceMap: true }),
        },
      });
      const { main } = await write(name, {
        'dist/app.js': outputText,
        ...(sourceMapText !== undefined && {
          'dist/app.js.map': sourceMapText.replace('"app.ts"', '"../src/app.ts"'),
        }),
        'package.json': '{ "type": "module" }',
      });
      const { behaviour, diagnoses } = await folder.watch([main]);
      explains(diagnoses, 'pg', callSite, behaviour);
    });
  }

  const bundled: Readonly<Record<string, Written>> = {
    postgres: {
      speech: 'postgres',
      client: 'postgres',
      files: (port) => ({
        'app.mjs': `import postgres from 'postgres';

const sql = @@postgres({ host: 'localhost', port: ${port}, ssl: {} });
sql\`select 1\`.catch(${tell});
`,
      }),
    },
    nodemailer: {
      speech: 'smtp',
      client: 'nodemailer',
      files: (port) => ({
        'app.mjs': `import { transport } from './mail.mjs';

transport.verify().catch(${tell});
`,
        'mail.mjs': `import nodemailer from 'nodemailer';

export const transport = nodemailer.@@createTransport({ host: 'localhost', port: ${port}, secure: true });
`,
      }),
    },
  };
  for (const [title, program] of Object.entries(bundled)) {
    it(`a bundle with ${title} in it`, async () => {
      const port = await serve(program);
      const { main, callSite } = await write(`bundle-${title}`, program.files(port));
      const bundle = await rollup({
        input: main,
        external: /^(node:|[a-z_]+$)/,
        plugins: [
          {
            name: 'packages',
            resolveId: (id) => (id === title ? fileURLToPath(import.meta.resolve(id)) : null),
          },
        ],
      });
      const file = join(dirname(main), 'dist', 'app.mjs');
      await bundle.write({ file, format: 'es', sourcemap: true });
      const { behaviour, diagnoses } = await folder.watch([file]);
      explains(diagnoses, program.client, callSite, behaviour);
    });
  }
});

/** Writes the files of a program; the mark is in one of them. */
async function write(
  title: string,
  files: Readonly<Record<string, string>>,
): Promise<{ main: string; callSite: string }> {
  const place = title.replaceAll(/\W+/g, '-');
  const written = [];
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, place, name)), { recursive: true });
    written.push(await folder.write(join(place, name), text));
  }
  const callSite = written.map((each) => each.callSite).join('');
  return { main: written[0]?.file ?? '', callSite };
}

function explains(
  diagnoses: readonly Diagnosis[],
  client: string,
  callSite: string,
  behaviour: Watched['behaviour'],
): void {
  const told = diagnoses.filter(({ node }) => node.error?.code === 'ERR_TLS_CERT_ALTNAME_INVALID');
  const seen = told.map(({ client: name, app, names }) => [name, app?.callSite, names.asked.value]);
  assert.deepEqual(
    seen,
    [[client, callSite, 'localhost']],
    `${behaviour.stdout}${behaviour.stderr}${JSON.stringify(diagnoses.map((d) => d.app))}`,
  );
}

async function open(speech: Speech): Promise<Sink> {
  const sink = await startSink(speech, leaf);
  closing.push(sink);
  return sink;
}

/** The port of a server with a certificate for another name. */
async function serve({
  speech = 'silence',
  hangsUp = 0,
}: Pick<Written, 'speech' | 'hangsUp'>): Promise<number> {
  const { port } = await open(speech);
  if (hangsUp === 0) return port;
  let left = hangsUp;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (left-- > 0) {
      socket.destroy();
      return;
    }
    const through = connect(port, '127.0.0.1').on('error', () => {});
    socket.pipe(through).pipe(socket);
    through.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  closing.push(server);
  return (server.address() as AddressInfo).port;
}
