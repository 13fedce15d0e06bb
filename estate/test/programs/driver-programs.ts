import type { ClientName } from '@altname/core';
import { tester } from '../../src/real/server.ts';

/** Where a program of the tests connects. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a driver is tested with: a real server of the estate, or one that speaks just enough. */
export type DriverServer =
  | 'postgresql'
  | 'mariadb'
  | 'redis'
  | 'redis-cluster'
  | 'mosquitto'
  | 'rabbitmq'
  | 'dovecot implicit'
  | 'dovecot starttls'
  | 'exim implicit'
  | 'exim starttls'
  | 'vsftpd starttls'
  | 'vsftpd implicit'
  | 'nginx'
  | 'sink http'
  | 'sink tds'
  | 'sink silence';

/**
 * A driver as people use it. The programs are text, since the place of a call in its file is part of what is tested:
 * `@@` stands right before the call site, and is taken out.
 */
export interface DriverProgram {
  readonly title: string;
  readonly client: ClientName;
  /** The name of the package in `app.library`. */
  readonly library: string;
  readonly server: DriverServer;
  readonly program: (place: Place) => string;
  /** Whether a server name is sent for a host that is a name; `true` when not given. */
  readonly sendsName?: false;
  /** For an address as host: what is sent and what is checked, where that is not nothing and the address. */
  readonly forAddress?: { readonly sent?: 'address'; readonly checked?: 'localhost' };
  /** A host that is a name is resolved before the driver dials, so that it is an address that it checks. */
  readonly checksAddress?: true;
  /** What the target is called by the program: options, else a URL. */
  readonly askedFrom?: 'url';
  /** The printed fix, ready to be run. */
  readonly fix: FixRun;
}

/** How a printed fix is run. Its code is left as it is, but for the login, which altname does not know. */
export interface FixRun {
  /** What the login is put behind, and how it is written there; none where the driver takes it from the environment. */
  readonly login?: readonly [behind: string, login: string];
  readonly env?: Readonly<Record<string, string>>;
  /** Code put at the end, that does something over the connection and ends. */
  readonly after?: string;
  /** What is then on stdout; null where the server says nothing, and its having got octets over TLS is the proof. */
  readonly prints: RegExp | null;
}

const { user, password } = tester;
const userAndPassword = `user: '${user}', password: '${password}'`;
const usernameAndPassword = `username: '${user}', password: '${password}'`;
const postgresLogin = { PGUSER: user, PGPASSWORD: password, PGDATABASE: 'postgres' };

/** What a program does with an error: it prints it, and goes on. */
const printed = `catch (error) {
  console.log(error.name, error.code, error.message);
  process.exitCode = 1;
}`;

const pg = {
  client: 'pg',
  server: 'postgresql',
  fix: {
    env: postgresLogin,
    after: `console.log('ssl', (await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).rows[0].ssl);
await client.end();`,
    prints: /^ssl true$/m,
  },
} as const;

const mysql2 = {
  client: 'mysql2',
  library: 'mysql2',
  server: 'mariadb',
  forAddress: { checked: 'localhost' },
  fix: {
    login: ['createConnection({', ` ${userAndPassword},`],
    after: `console.log((await connection.query('select current_user() as name'))[0][0].name);
await connection.end();`,
    prints: /^tester@127\.0\.0\.1$/m,
  },
} as const;

const redis = {
  client: 'redis',
  library: '@redis/client',
  sendsName: false,
  fix: {
    login: ['createClient({', ` ${usernameAndPassword},`],
    after: 'console.log(await client.ping());\nclient.destroy();',
    prints: /^PONG$/m,
  },
} as const;

const nodemailer = {
  client: 'nodemailer',
  library: 'nodemailer',
  fix: { after: `console.log('verified');\ntransport.close();`, prints: /^verified$/m },
} as const;

const imapflow = {
  client: 'imapflow',
  library: 'imapflow',
  fix: {
    env: { IMAP_USER: user, IMAP_PASSWORD: password },
    after: `console.log((await client.mailboxOpen('INBOX')).exists);\nawait client.logout();`,
    prints: /^0$/m,
  },
} as const;

const tedious = { client: 'tedious', library: 'tedious', fix: { prints: null } } as const;

const basicFtp = {
  client: 'basic-ftp',
  library: 'basic-ftp',
  sendsName: false,
  fix: { after: 'console.log((await client.list())[0].name);\nclient.close();', prints: /^hello\.txt$/m },
} as const;

/** AUTH TLS begins in a later turn of the event loop: then the stack has where the program waits. */
const ftpAccess = { implicit: 'await client.@@access', starttls: '@@await client.access' };

export const driverPrograms: readonly DriverProgram[] = [
  {
    ...pg,
    title: 'pg Client',
    library: 'pg',
    program: ({ host, port }) => `import pg from 'pg';

const client = new pg.Client({ host: '${host}', port: ${port}, ${userAndPassword}, database: 'postgres', ssl: true });
try {
  await client.@@connect();
  console.log('connected');
  await client.end();
} ${printed}
`,
  },
  {
    ...pg,
    title: 'pg Pool',
    library: 'pg-pool',
    program: ({ host, port }) => `import pg from 'pg';

const pool = new pg.Pool({ host: '${host}', port: ${port}, ${userAndPassword}, database: 'postgres', ssl: true });
try {
  await pool.@@query('select 1');
  console.log('connected');
} ${printed}
await pool.end();
`,
  },
  {
    title: 'postgres',
    client: 'postgres',
    library: 'postgres',
    server: 'postgresql',
    forAddress: { checked: 'localhost' },
    program: ({ host, port }) => `import postgres from 'postgres';

const sql = @@postgres({ host: '${host}', port: ${port}, ${userAndPassword}, database: 'postgres', ssl: {} });
try {
  await sql\`select 1\`;
  console.log('connected');
} ${printed}
await sql.end();
`,
    fix: { env: postgresLogin, after: 'await sql.end();', prints: /'\?column\?': 1/ },
  },
  {
    ...mysql2,
    title: 'mysql2 with verifyIdentity',
    program: ({ host, port }) => `import mysql from 'mysql2/promise';

const pool = mysql.createPool({ host: '${host}', port: ${port}, ${userAndPassword}, ssl: { verifyIdentity: true } });
try {
  await pool.@@query('select 1');
  console.log('connected');
} ${printed}
await pool.end();
`,
  },
  {
    title: 'mongodb',
    client: 'mongodb',
    library: 'mongodb',
    server: 'sink silence',
    program: ({ host, port }) => `import { MongoClient } from 'mongodb';

const options = { tls: true, serverSelectionTimeoutMS: 1200 };
const client = new MongoClient('mongodb://${host}:${port}/?directConnection=true', options);
try {
  await client.@@connect();
  console.log('connected');
} ${printed}
await client.close();
`,
    fix: { prints: null },
  },
  {
    title: 'ioredis',
    client: 'ioredis',
    library: 'ioredis',
    server: 'redis',
    sendsName: false,
    program: ({ host, port }) => `import { Redis } from 'ioredis';

const login = { ${usernameAndPassword} };
const redis = @@new Redis({ host: '${host}', port: ${port}, ...login, tls: {}, maxRetriesPerRequest: 1 });
redis.on('error', (error) => console.log('event', error.code));
try {
  console.log(await redis.ping());
} ${printed}
redis.disconnect();
`,
    fix: {
      login: ['new Redis({', ` ${usernameAndPassword},`],
      after: 'redis.disconnect();',
      prints: /^PONG$/m,
    },
  },
  {
    title: 'ioredis Cluster',
    client: 'ioredis-cluster',
    library: 'ioredis',
    server: 'redis-cluster',
    sendsName: false,
    checksAddress: true,
    program: ({ host, port }) => `import { Cluster } from 'ioredis';

const cluster = @@new Cluster([{ host: '${host}', port: ${port} }], {
  clusterRetryStrategy: () => null,
  redisOptions: { ${usernameAndPassword}, tls: {} },
});
cluster.on('error', (error) => console.log('event', error.message));
try {
  console.log(await cluster.get('a'));
} ${printed}
cluster.disconnect();
`,
    fix: {
      login: ['redisOptions: {', ` ${usernameAndPassword},`],
      after: 'cluster.disconnect();',
      prints: /^PONG$/m,
    },
  },
  {
    ...redis,
    title: 'redis client',
    server: 'redis',
    program: ({ host, port }) => `import { createClient } from 'redis';

const client = createClient({
  ${usernameAndPassword},
  socket: { host: '${host}', port: ${port}, tls: true, reconnectStrategy: false },
});
client.on('error', (error) => console.log('event', error.code));
try {
  await client.@@connect();
  console.log(await client.ping());
  client.destroy();
} ${printed}
`,
  },
  {
    ...redis,
    title: 'redis cluster',
    server: 'redis-cluster',
    program: ({ host, port }) => `import { createCluster } from 'redis';

const cluster = createCluster({
  rootNodes: [{ socket: { host: '${host}', port: ${port}, tls: true } }],
  defaults: { ${usernameAndPassword}, socket: { tls: true, reconnectStrategy: false } },
});
cluster.on('error', (error) => console.log('event', error.code));
try {
  await cluster.@@connect();
  console.log(await cluster.get('a'));
  cluster.destroy();
} ${printed}
`,
  },
  ...(['implicit', 'starttls'] as const).flatMap((tls): DriverProgram[] => [
    {
      ...nodemailer,
      title: `nodemailer ${tls}`,
      server: `exim ${tls}`,
      program: ({ host, port }) => `import nodemailer from 'nodemailer';

const transport = nodemailer.@@createTransport({
  host: '${host}',
  port: ${port},
  ${tls === 'implicit' ? 'secure' : 'requireTLS'}: true,
  auth: { user: '${user}', pass: '${password}' },
});
try {
  await transport.sendMail({ from: 'a@shop.test', to: 'b@shop.test', text: 'hello' });
  console.log('sent');
} ${printed}
`,
    },
    {
      ...imapflow,
      title: `imapflow ${tls}`,
      server: `dovecot ${tls}`,
      program: ({ host, port }) => `import { ImapFlow } from 'imapflow';

const auth = { user: '${user}', pass: '${password}' };
const how = { secure: ${tls === 'implicit'}, doSTARTTLS: ${tls === 'starttls' ? true : 'undefined'}, logger: false };
const client = new ImapFlow({ host: '${host}', port: ${port}, auth, ...how });
client.on('error', () => {});
try {
  await client.@@connect();
  console.log('connected');
  await client.logout();
} ${printed}
`,
    },
    {
      ...basicFtp,
      title: `basic-ftp ${tls}`,
      server: `vsftpd ${tls}`,
      program: ({ host, port }) => `import { Client } from 'basic-ftp';

const client = new Client();
try {
  ${ftpAccess[tls]}({ host: '${host}', port: ${port}, secure: ${tls === 'implicit' ? "'implicit'" : 'true'} });
  console.log((await client.list()).length);
} ${printed}
client.close();
`,
    },
  ]),
  {
    title: 'mqtt',
    client: 'mqtt',
    library: 'mqtt',
    server: 'mosquitto',
    program: ({ host, port }) => `import mqtt from 'mqtt';

const client = mqtt.@@connect('mqtts://${host}:${port}', { ${usernameAndPassword} });
client.on('connect', () => {
  console.log('connected');
  client.end();
});
client.on('error', (error) => {
  console.log(error.name, error.code, error.message);
  process.exitCode = 1;
  client.end(true);
});
`,
    fix: {
      login: ['connectAsync({', ` ${usernameAndPassword},`],
      after: `console.log('connected', client.connected);\nawait client.endAsync();`,
      prints: /^connected true$/m,
    },
  },
  {
    title: 'grpc-js',
    client: 'grpc-js',
    library: '@grpc/grpc-js',
    server: 'nginx',
    forAddress: { sent: 'address' },
    program: ({ host, port }) => `import grpc from '@grpc/grpc-js';

const target = '${host}:${port}';
const client = new grpc.Client(target, grpc.credentials.@@createSsl());
client.waitForReady(Date.now() + 1500, (waited) => {
  console.log(waited?.message);
  const [as, deadline] = [(octets) => octets, Date.now() + 3000];
  client.makeUnaryRequest('/shop.Orders/List', as, as, Buffer.alloc(0), { deadline }, (error) => {
    console.log(error.code, error.details);
    process.exitCode = 1;
    client.close();
  });
});
`,
    fix: { after: 'client.waitForReady(Date.now() + 10_000, () => client.close());', prints: /^ready$/m },
  },
  {
    title: 'kafkajs',
    client: 'kafkajs',
    library: 'kafkajs',
    server: 'sink silence',
    program: ({ host, port }) => `import { Kafka } from 'kafkajs';

const retry = { retries: 1, initialRetryTime: 50 };
const kafka = new Kafka({ brokers: ['${host}:${port}'], ssl: true, retry, logCreator: () => () => {} });
const producer = kafka.producer();
try {
  @@await producer.connect();
  console.log('connected');
} ${printed}
`,
    fix: { prints: null },
  },
  {
    title: 'elasticsearch',
    client: 'elasticsearch',
    library: '@elastic/elasticsearch',
    server: 'sink http',
    askedFrom: 'url',
    program: ({ host, port }) => `import { Client } from '@elastic/elasticsearch';

const client = new Client({ node: 'https://${host}:${port}', maxRetries: 0 });
try {
  await client.@@info();
  console.log('connected');
} ${printed}
`,
    fix: { prints: null },
  },
  ...(['true', `'strict'`] as const).map((encrypt): DriverProgram => ({
    ...tedious,
    title: `tedious, encrypt: ${encrypt}`,
    server: encrypt === 'true' ? 'sink tds' : 'sink silence',
    ...(encrypt === 'true' && { forAddress: { sent: 'address' } }),
    program: ({ host, port }) => `import { Connection } from 'tedious';

const connection = @@new Connection({
  server: '${host}',
  authentication: { type: 'default', options: { userName: '${user}', password: '${password}' } },
  options: { port: ${port}, encrypt: ${encrypt} },
});
connection.connect((error) => {
  console.log(error ? error.name + ' ' + error.code + ' ' + error.message : 'connected');
  process.exitCode = error ? 1 : 0;
});
`,
  })),
  {
    title: 'amqplib',
    client: 'amqplib',
    library: 'amqplib',
    server: 'rabbitmq',
    program: ({ host, port }) => `import amqp from 'amqplib';

try {
  const connection = await amqp.@@connect('amqps://${user}:${password}@${host}:${port}');
  console.log('connected');
  await connection.close();
} ${printed}
`,
    fix: {
      login: [`connect('amqps://`, `${user}:${password}@`],
      after: `console.log('open');\nawait connection.close();`,
      prints: /^open$/m,
    },
  },
];

/** mysql2 as most people use it: the name is not compared with the certificate. */
export const unverifiedMysql2: DriverProgram = {
  ...mysql2,
  title: 'mysql2 without verifyIdentity',
  program: ({ host, port }) => `import mysql from 'mysql2/promise';

try {
  const connection = await mysql.@@createConnection({ host: '${host}', port: ${port}, ${userAndPassword}, ssl: {} });
  console.log('connected');
  await connection.end();
} ${printed}
`,
};
