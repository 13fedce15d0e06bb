import { once, type EventEmitter } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { realpathSync } from 'node:fs';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import {
  connection,
  grpcOptions,
  httpsAgent,
  mongodbOptions,
  mysql2Options,
  pgOptions,
  tediousOptions,
  undiciConnect,
  type ConnectionOptions,
} from '@altname/client';

// Every client with a connection, in its own terms. The README shows the line behind each `// README`; the types of the
// real packages have compiled it, and connection-clients.test.ts runs it.

/** This module as a program: `node connection-clients.js CLIENT ORDERS` connects as each order (JSON) says. */
export const program: string = fileURLToPath(import.meta.url);

/** What the program prints for each order. */
export interface Outcome {
  /** The error with all its causes, and everything that was emitted; null when there was none. */
  readonly error: string | null;
}

/** A host that is never dialled, and an account that nobody asks for. */
const url = 'https://any.test/';
const auth = { user: 'app', pass: 'secret' };

type Made = ReturnType<typeof make>;

const clients: Record<string, (c: Made, ear: Ear) => Promise<unknown>> = {
  async https(c) {
    const request = () =>
      // README
      https.get(url, { agent: httpsAgent(c) });
    await once(request(), 'response');
  },
  async tls(c) {
    const socket =
      // README
      tls.connect(c.tls);
    await once(socket, 'secureConnect');
    await new Promise((done) => socket.write('hello', done));
  },
  async http2(c) {
    const session =
      // README
      http2.connect(url, { createConnection: () => tls.connect(c.tls) });
    session.on('error', () => {});
    await once(session.request({ ':path': '/' }), 'response');
  },
  async undici(c) {
    const { Agent, request } = await import('undici');
    const dispatcher =
      // README
      new Agent({ connect: undiciConnect(c) });
    await request(url, { dispatcher });
  },
  async fetch(c) {
    const { Agent, fetch } = await import('undici');
    await // README
    fetch(url, { dispatcher: new Agent({ connect: undiciConnect(c) }) });
  },
  async axios(c) {
    const { default: axios } = await import('axios');
    const client =
      // README
      axios.create({ httpsAgent: httpsAgent(c) });
    await client.get(url);
  },
  async got(c) {
    const { default: got } = await import('got');
    const client =
      // README
      got.extend({ agent: { https: httpsAgent(c) } });
    await client(url, { retry: { limit: 0 } });
  },
  async 'node-fetch'(c) {
    const { default: fetch } = await import('node-fetch');
    await // README
    fetch(url, { agent: httpsAgent(c) });
  },
  async superagent(c) {
    const { default: superagent } = await untyped('superagent');
    await // README
    superagent.get(url).agent(httpsAgent(c));
  },
  async ws(c) {
    const { default: WebSocket } = await import('ws');
    const socket =
      // README
      new WebSocket('wss://any.test/', { agent: httpsAgent(c) });
    await once(socket, 'unexpected-response');
  },
  async elasticsearch(c) {
    const { Client } = await import('@elastic/elasticsearch');
    const client =
      // README
      new Client({ node: `https://${c.to}`, tls: c.secure });
    await client.info({}, { maxRetries: 0 });
  },
  async pg(c) {
    const { default: pg } = await import('pg');
    const client =
      // README
      new pg.Client({ user: 'app', ...pgOptions(c) });
    await client.connect();
  },
  async postgres(c) {
    const { default: postgres } = await import('postgres');
    const sql =
      // README
      postgres({ user: 'app', ...c.dial, ssl: c.secure });
    await sql`select 1`;
  },
  async mysql2(c) {
    const { createConnection } = await import('mysql2/promise');
    const made =
      // README
      createConnection({ user: 'app', ...mysql2Options(c) });
    await made;
  },
  async mongodb(c) {
    const { MongoClient } = await import('mongodb');
    const client =
      // README
      new MongoClient(`mongodb://${c.to}/?directConnection=true`, mongodbOptions(c));
    const failed = once(client, 'serverHeartbeatFailed').then(([event]) => Promise.reject(event.failure));
    await Promise.race([client.connect(), failed]);
  },
  async tedious(c) {
    const { Connection } = await import('tedious');
    const client =
      // README
      new Connection(tediousOptions(c));
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject).connect((error) => (error === undefined ? resolve() : reject(error)));
    });
  },
  async ioredis(c, ear) {
    const { Redis } = await import('ioredis');
    const redis =
      // README
      new Redis({ ...c.dial, tls: c.secure });
    ear.hear(redis);
    await redis.ping();
  },
  async redis(c, ear) {
    const { createClient } = await import('redis');
    const client =
      // README
      createClient({ socket: { ...c.dial, tls: true, ...c.secure } });
    ear.hear(client);
    await client.connect();
  },
  async nodemailer(c) {
    const { default: nodemailer } = await import('nodemailer');
    const transport =
      // README
      nodemailer.createTransport({ ...c.dial, secure: true, tls: c.secure });
    await transport.verify();
  },
  async imapflow(c) {
    const { ImapFlow } = await import('imapflow');
    const client =
      // README
      new ImapFlow({ ...c.dial, secure: true, tls: c.secure, auth });
    await client.connect();
  },
  async mqtt(c, ear) {
    const { default: mqtt } = await import('mqtt');
    const client =
      // README
      mqtt.connect({ protocol: 'mqtts', ...c.tls });
    ear.hear(client);
    await once(client as unknown as EventEmitter, 'connect');
  },
  async amqplib(c) {
    const amqp = await import('amqplib');
    await // README
    amqp.connect(`amqps://${c.to}`, c.secure);
  },
  async kafkajs(c) {
    const { Kafka } = await import('kafkajs');
    const kafka =
      // README
      new Kafka({ brokers: [c.to], ssl: c.secure });
    await kafka.admin({ retry: { retries: 0 } }).connect();
  },
  async 'grpc-js'(c) {
    const { Client, credentials } = await import('@grpc/grpc-js');
    const grpc = grpcOptions(c);
    const client =
      // README
      new Client(grpc.target, credentials.createFromSecureContext(...grpc.credentials), grpc.options);
    await new Promise((resolve, reject) => {
      const octets = (message: Buffer): Buffer => message;
      client.makeUnaryRequest('/any.Any/Call', octets, octets, Buffer.alloc(0), (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  },
  async 'basic-ftp'(c) {
    const { Client } = await import('basic-ftp');
    const client = new Client();
    await // README
    client.access({ ...c.dial, secure: true, secureOptions: { ...c.secure } });
  },
};

/** Every client by its name in core. */
export const clientsInReadme: readonly string[] = Object.keys(clients);

/** Hears what a client emits and does not throw. */
class Ear {
  readonly heard: unknown[] = [];

  hear(emitter: unknown): void {
    (emitter as EventEmitter).on('error', (error) => this.heard.push(error));
  }
}

/** A package without types of its own. */
function untyped(name: string): Promise<any> {
  return import(name);
}

function make(options: ConnectionOptions) {
  return connection(options);
}

async function main(client: string, orders: readonly ConnectionOptions[]): Promise<void> {
  let ear = new Ear();
  process.on('uncaughtException', (error) => ear.heard.push(error));
  const outcomes: Outcome[] = [];
  for (const options of orders) {
    ear = new Ear();
    // What tries again for ever is given this long.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, 3000)));
    try {
      const made = make({ ...options, alpn: client === 'http2' ? ['h2'] : undefined });
      await Promise.race([clients[client]?.(made, ear), late]);
    } catch (error) {
      ear.heard.push(error);
    }
    clearTimeout(timer);
    const { heard } = ear;
    outcomes.push({
      error: heard.length === 0 ? null : inspect(heard.slice(0, 2), { depth: 6 }).slice(0, 6000),
    });
  }
  process.stdout.write(`\n${JSON.stringify(outcomes)}\n`, () => process.exit(0));
}

const [, script, client, orders] = process.argv;
if (script !== undefined && realpathSync(script) === program) {
  await main(client ?? '', JSON.parse(orders ?? '') as ConnectionOptions[]);
}
