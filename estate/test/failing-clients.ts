import { EventEmitter, once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { request as httpsRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { explainError, type Diagnosis, type ExplainErrorOptions } from '@altname/core';

/** This module as a program: `node failing-clients.js CLIENT HOST PORT OPTIONS` prints a {@link Report} of its failure. */
export const program: string = fileURLToPath(import.meta.url);

/** What explainError makes of the error that a client gives to its user. */
export interface Report {
  /** Its class and message. */
  readonly error: string;
  readonly diagnosis: Diagnosis | null;
  /** The same error with what only the user knows. */
  readonly told: Diagnosis | null;
}

/** One connection of each client, written as its users do. Where there are more ways to the error, each has its own. */
const clients: Record<string, (host: string, port: number) => Promise<unknown>> = {
  https: (host, port) => once(httpsRequest({ host, port }).end(), 'response'),
  async tls(host, port) {
    const { connect } = await import('node:tls');
    await once(connect({ host, port }), 'secureConnect');
  },
  async http2(host, port) {
    const { connect } = await import('node:http2');
    await once(connect(`https://${host}:${port}`), 'connect');
  },
  fetch: (host, port) => fetch(bareUrlOf(host, port)),
  async undici(host, port) {
    const { request } = await import('undici');
    await request(urlOf(host, port));
  },
  async 'undici 6'(host, port) {
    const { request } = await untyped('undici6');
    await request(urlOf(host, port));
  },
  async 'undici 8'(host, port) {
    const { request } = await untyped('undici8');
    await request(urlOf(host, port));
  },
  async 'undici fetch'(host, port) {
    const { fetch } = await import('undici');
    await fetch(bareUrlOf(host, port));
  },
  async axios(host, port) {
    const { default: axios } = await import('axios');
    await axios.get(urlOf(host, port), { proxy: false });
  },
  async got(host, port) {
    const { default: got } = await import('got');
    await got(urlOf(host, port), { retry: { limit: 0 } });
  },
  async 'node-fetch'(host, port) {
    const { default: fetch } = await import('node-fetch');
    await fetch(bareUrlOf(host, port));
  },
  async superagent(host, port) {
    const { default: superagent } = await untyped('superagent');
    await superagent.get(urlOf(host, port));
  },
  async ws(host, port) {
    const { default: WebSocket } = await import('ws');
    await once(new WebSocket(`wss://${host}:${port}/`), 'open');
  },
  async 'ws error event'(host, port) {
    const { default: WebSocket } = await import('ws');
    const socket = new WebSocket(`wss://${host}:${port}/`);
    await new Promise((_resolve, reject) => socket.addEventListener('error', reject));
  },
  async pg(host, port) {
    const { default: pg } = await import('pg');
    await new pg.Client({ host, port, user: 'u', password: secret, ssl: true }).connect();
  },
  async 'pg pool'(host, port) {
    const { default: pg } = await import('pg');
    await new pg.Pool({ host, port, user: 'u', password: secret, ssl: true }).query('select 1');
  },
  async postgres(host, port) {
    const { default: postgres } = await import('postgres');
    await postgres({ host, port, password: secret, ssl: {}, max: 1 })`select 1`;
  },
  async mysql2(host, port) {
    const { createConnection } = await import('mysql2/promise');
    const ssl = { verifyIdentity: true };
    await createConnection({ host, port, user: 'u', password: secret, ssl });
  },
  async 'ioredis error event'(host, port) {
    await once(await redis(host, port), 'ready');
  },
  async 'ioredis command'(host, port) {
    const client = await redis(host, port, 1);
    client.on('error', () => {});
    await client.get('key');
  },
  async 'ioredis-cluster error event'(host, port) {
    await once(await cluster(host, port), 'ready');
  },
  async 'ioredis-cluster command'(host, port) {
    const client = await cluster(host, port);
    client.on('error', () => {});
    await client.get('key');
  },
  async redis(host, port) {
    const { createClient } = await import('redis');
    const client = createClient({
      password: secret,
      socket: { host, port, tls: true, reconnectStrategy: false },
    });
    client.on('error', () => {});
    await client.connect();
  },
  async nodemailer(host, port) {
    const { default: nodemailer } = await import('nodemailer');
    await nodemailer
      .createTransport({ host, port, secure: true, auth: { user: 'u', pass: secret } })
      .verify();
  },
  async imapflow(host, port) {
    const { ImapFlow } = await import('imapflow');
    const auth = { user: 'u', pass: secret };
    await new ImapFlow({ host, port, secure: true, auth, logger: false }).connect();
  },
  async mqtt(host, port) {
    const { default: mqtt } = await import('mqtt');
    await mqtt.connectAsync(`mqtts://u:${secret}@${host}:${port}`, { reconnectPeriod: 0 }, false);
  },
  async amqplib(host, port) {
    const { connect } = await import('amqplib');
    await connect(`amqps://u:${secret}@${host}:${port}`);
  },
  async mongodb(host, port) {
    const { MongoClient } = await import('mongodb');
    const place = `mongodb://u:${secret}@${host}:${port}/?directConnection=true`;
    await new MongoClient(place, { tls: true, serverSelectionTimeoutMS: 1500 }).connect();
  },
  async kafkajs(host, port) {
    const { Kafka, logLevel } = await import('kafkajs');
    const kafka = new Kafka({
      brokers: [`${host}:${port}`],
      ssl: true,
      retry: { retries: 1, initialRetryTime: 20 },
      logLevel: logLevel.NOTHING,
    });
    await kafka.admin().connect();
  },
  async 'grpc-js'(host, port) {
    const { Client, credentials } = await import('@grpc/grpc-js');
    const client = new Client(`${host}:${port}`, credentials.createSsl());
    const octets = (message: Buffer): Buffer => message;
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest('/test.Test/Call', octets, octets, Buffer.alloc(0), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  },
  async elasticsearch(host, port) {
    const { Client } = await import('@elastic/elasticsearch');
    await new Client({ node: urlOf(host, port), maxRetries: 1 }).info();
  },
  async tedious(host, port) {
    const { Connection } = await import('tedious');
    const connection = new Connection({ server: host, options: { port, encrypt: true } });
    await new Promise<void>((resolve, reject) =>
      connection.connect((error) => (error === undefined ? resolve() : reject(error))),
    );
  },
  async 'basic-ftp'(host, port) {
    const { Client } = await import('basic-ftp');
    await new Client().access({ host, port, user: 'u', password: secret, secure: true });
  },
  async 'https-proxy-agent'(host, port) {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    const agent = new HttpsProxyAgent(`http://127.0.0.1:${await tunnel()}`);
    await once(httpsRequest(urlOf(host, port), { agent }).end(), 'response');
  },
  async 'undici-proxy'(host, port) {
    const { ProxyAgent, request } = await import('undici');
    await request(urlOf(host, port), { dispatcher: new ProxyAgent(`http://127.0.0.1:${await tunnel()}`) });
  },
  async 'undici-proxy at the proxy'(host, port) {
    const { ProxyAgent, request } = await import('undici');
    await request('https://target.test/', { dispatcher: new ProxyAgent(`https://${host}:${port}`) });
  },
  async 'undici fetch at the proxy'(host, port) {
    const { ProxyAgent, fetch } = await import('undici');
    await fetch('https://target.test/', { dispatcher: new ProxyAgent(`https://${host}:${port}`) });
  },
  async 'http-proxy'(host, port) {
    const { default: httpProxy } = await untyped('http-proxy');
    await reverse(httpProxy.createProxyServer({ target: urlOf(host, port) }));
  },
  async httpxy(host, port) {
    const { createProxyServer } = await untyped('httpxy');
    await reverse(createProxyServer({ target: urlOf(host, port) }));
  },
};

/** The ways to fail, by the name of the client, and what tells them apart behind it. */
export const ways: readonly string[] = Object.keys(clients);

/** Stands wherever a user keeps what nobody else may see. */
export const secret = 'geheim';

/** The Host header that comes to a reverse proxy. */
export const visited = 'site.test';

/** With credentials, where a client takes them in a URL. */
function urlOf(host: string, port: number): string {
  return `https://u:${secret}@${host}:${port}/${secret}?key=${secret}`;
}

function bareUrlOf(host: string, port: number): string {
  return `https://${host}:${port}/${secret}?key=${secret}`;
}

async function redis(host: string, port: number, retries: number | null = null) {
  const { Redis } = await import('ioredis');
  const again = retries === null ? () => null : () => 20;
  const options = { host, port, password: secret, tls: {}, maxRetriesPerRequest: retries };
  const client = new Redis({ ...options, retryStrategy: again, lazyConnect: true });
  client.connect().catch(() => {});
  return client;
}

async function cluster(host: string, port: number) {
  const { Cluster } = await import('ioredis');
  const redisOptions = { tls: {}, password: secret };
  const client = new Cluster([{ host, port }], {
    redisOptions,
    clusterRetryStrategy: () => null,
    lazyConnect: true,
  });
  client.connect().catch(() => {});
  return client;
}

/** A package without types of its own. */
function untyped(name: string): Promise<any> {
  return import(name);
}

/** An HTTP proxy on loopback that knows only CONNECT. */
async function tunnel(): Promise<number> {
  const server = createServer();
  server.on('connect', ({ url = '' }, socket) => {
    const [host = '', port] = url.split(':');
    const there = connectTcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One request through a reverse proxy, which rejects with its error. */
async function reverse(proxy: any): Promise<void> {
  const server = createServer((incoming, outgoing) => proxy.web(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  httpRequest({ host: '127.0.0.1', port, headers: { host: `${visited}:8080` } })
    .on('error', () => {})
    .end();
  const [error] = await once(proxy as EventEmitter, 'error');
  throw error;
}

async function main(way: string, host: string, port: number, told: ExplainErrorOptions): Promise<void> {
  // Some clients report a failure once more, after it has been answered.
  process.on('uncaughtException', () => {});
  const late = new Promise((_resolve, reject) => setTimeout(reject, 15_000, new Error('no answer')));
  let report: Report = { error: 'none', diagnosis: null, told: null };
  try {
    await Promise.race([clients[way]?.(host, port), late]);
  } catch (error) {
    const { name, message } = error as Error;
    report = {
      error: `${name}: ${message}`,
      diagnosis: explainError(error),
      told: explainError(error, told),
    };
  }
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}

const [, script, way, host, port, told] = process.argv;
if (script === program && way !== undefined) {
  await main(way, host ?? '', Number(port), JSON.parse(told ?? '{}') as ExplainErrorOptions);
}
