import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ClientName } from '@altname/core';
import { Ear, type Telling } from './ear.ts';
import { prepareGround } from './ground.ts';

/** Where a client shall connect, and the Host header its user sets. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string | null;
}

/**
 * How the connection is made:
 *
 * - `plain`: as by a user who knows nothing of server names
 * - `verify-name`: by a client that compares names only when it is told to, and is
 * - `proxy-leg`: the place is a proxy spoken to over TLS, on the way to somewhere else
 */
export type Mode = 'plain' | 'verify-name' | 'proxy-leg';

/** What the program shall do. */
export interface PlainOrder {
  readonly client: ClientName;
  readonly mode: Mode;
  /** What to import where a client is installed in several versions: `undici6`. */
  readonly package: string | null;
  readonly places: readonly Place[];
}

/** What became of one connection: every error with all its causes, as text, or null; and how it came. */
export interface PlainResult {
  readonly error: string | null;
  readonly tellings: readonly Telling[];
  /** The messages of the TLS sockets, whatever the client made of them. */
  readonly socketErrors: string;
}

/** This module as a program: `node plain.js ORDER` (JSON) prints the results of the places one by one. */
export const program: string = fileURLToPath(import.meta.url);

type Connect = (place: Place, ear: Ear, load: string) => Promise<unknown>;

/** The connection a user of each client makes who knows nothing of server names. Few retries, so that a test can end. */
const connectPlainly: Record<ClientName, Connect> = {
  async https({ host, port, hostHeader }, ear) {
    const { request } = await import('node:https');
    // altname-ignore-next-line no-host-header-as-servername: what people write who know nothing of it, to show what comes of it
    const sent = request({ host, port, headers: { ...(hostHeader !== null && { host: hostHeader }) } }).end();
    sent.on('response', (response) => response.resume());
    await ear.event(sent, 'response');
  },
  async tls({ host, port }, ear) {
    const { connect } = await import('node:tls');
    const socket = connect({ host, port });
    await ear.event(socket, 'secureConnect');
    await new Promise((resolve) => socket.write('plain', resolve));
  },
  async http2(place, ear) {
    const { connect } = await import('node:http2');
    const session = connect(urlOf('https', place));
    ear.overhear(session, 'error', ' of the session');
    const { hostHeader } = place;
    const request = session.request({
      ':path': '/',
      ...(hostHeader !== null && { ':authority': hostHeader }),
    });
    await ear.event(request, 'response');
  },
  async axios(place) {
    const { default: axios } = await import('axios');
    await axios.get(urlOf('https', place), { headers: hostOf(place), proxy: false });
  },
  async got(place) {
    const { default: got } = await import('got');
    await got(urlOf('https', place), { headers: hostOf(place), retry: { limit: 0 } });
  },
  async undici(place, _ear, load) {
    const { request } = await undiciNamed(load);
    const { body } = await request(urlOf('https', place), { headers: hostOf(place) });
    await body.dump();
  },
  async fetch(place) {
    await fetch(urlOf('https', place), { headers: hostOf(place) });
  },
  async 'node-fetch'(place) {
    const { default: fetch } = await import('node-fetch');
    await fetch(urlOf('https', place), { headers: hostOf(place) });
  },
  async ws(place, ear) {
    const { default: WebSocket } = await import('ws');
    await ear.event(new WebSocket(urlOf('wss', place), { headers: hostOf(place) }), 'unexpected-response');
  },
  async pg({ host, port }) {
    const { default: pg } = await import('pg');
    await new pg.Client({ host, port, user: 'plain', ssl: true }).connect();
  },
  async ioredis({ host, port }, ear) {
    const { Redis } = await import('ioredis');
    const redis = new Redis({ host, port, tls: {}, maxRetriesPerRequest: 1 });
    ear.overhear(redis);
    await redis.ping().finally(() => redis.disconnect());
  },
  async redis({ host, port }, ear) {
    const { createClient } = await import('redis');
    const client = createClient({ socket: { host, port, tls: true, reconnectStrategy: false } });
    ear.overhear(client);
    await client.connect();
  },
  async nodemailer({ host, port }) {
    const { default: nodemailer } = await import('nodemailer');
    await nodemailer.createTransport({ host, port, secure: true }).verify();
  },
  async mqtt(place, ear) {
    const { default: mqtt } = await import('mqtt');
    await ear.event(mqtt.connect(urlOf('mqtts', place), { reconnectPeriod: 0 }), 'connect');
  },
  async amqplib(place) {
    const { connect } = await import('amqplib');
    await connect(urlOf('amqps', place));
  },
  async mongodb({ host, port }) {
    const { MongoClient } = await import('mongodb');
    const options = { tls: true, serverSelectionTimeoutMS: 1000 };
    await new MongoClient(`mongodb://${host}:${port}/?directConnection=true`, options).connect();
  },
  async kafkajs({ host, port }) {
    const { Kafka, logLevel } = await import('kafkajs');
    const kafka = new Kafka({
      brokers: [`${host}:${port}`],
      ssl: true,
      connectionTimeout: patience,
      retry: { retries: 1, initialRetryTime: 50 },
      logLevel: logLevel.NOTHING,
    });
    await kafka.admin().connect();
  },
  async 'grpc-js'({ host, port, hostHeader }, ear) {
    const { Client, credentials, status } = await import('@grpc/grpc-js');
    const options = hostHeader === null ? {} : { 'grpc.default_authority': hostHeader };
    const client = new Client(`${host}:${port}`, credentials.createSsl(), options);
    const octets = (message: Buffer): Buffer => message;
    await ear.callback((done) =>
      client.makeUnaryRequest('/plain.Plain/Call', octets, octets, Buffer.alloc(0), (error) =>
        done(error?.code === status.UNIMPLEMENTED ? null : error),
      ),
    );
  },
  async superagent(place) {
    // @ts-expect-error: it has no types.
    const { default: superagent } = await import('superagent');
    await superagent.get(urlOf('https', place)).set(hostOf(place));
  },
  async 'http-proxy'(place, ear) {
    const { default: httpProxy } = await import('http-proxy');
    await throughReverseProxy(httpProxy.createProxyServer({ target: urlOf('https', place) }), place, ear);
  },
  async httpxy(place, ear) {
    const { createProxyServer } = await import('httpxy');
    await throughReverseProxy(createProxyServer({ target: urlOf('https', place) }), place, ear);
  },
  async 'https-proxy-agent'(place, ear) {
    await throughTunnel(process.env['HTTPS_PROXY'] ?? '', urlOf('https', place), hostOf(place), ear);
  },
  async 'undici-proxy'(place, _ear, load) {
    const { ProxyAgent, request } = await undiciNamed(load);
    const dispatcher = new ProxyAgent(process.env['HTTPS_PROXY'] ?? '');
    const { body } = await request(urlOf('https', place), { dispatcher, headers: hostOf(place) });
    await body.dump();
  },
  async postgres({ host, port }) {
    const { default: postgres } = await import('postgres');
    await postgres({ host, port, ssl: {}, max: 1 })`select 1`;
  },
  async mysql2({ host, port }) {
    const { createConnection } = await import('mysql2/promise');
    // altname-ignore-next-line no-disabled-verification: what people write who know nothing of it, to show what comes of it
    await createConnection({ host, port, ssl: {} });
  },
  async 'ioredis-cluster'({ host, port }, ear) {
    const { Cluster } = await import('ioredis');
    const cluster = new Cluster([{ host, port }], {
      redisOptions: { tls: {} },
      clusterRetryStrategy: () => null,
    });
    ear.overhear(cluster);
    ear.overhear(cluster, 'node error');
    await cluster.ping();
  },
  async imapflow({ host, port }) {
    const { ImapFlow } = await import('imapflow');
    const auth = { user: 'plain', pass: 'plain' };
    await new ImapFlow({ host, port, secure: true, auth, logger: false }).connect();
  },
  async elasticsearch(place) {
    const { Client } = await import('@elastic/elasticsearch');
    // It refuses a Host header in any other spelling as a second one.
    const headers = place.hostHeader === null ? {} : { host: place.hostHeader };
    await new Client({ node: urlOf('https', place), headers, maxRetries: 0 }).info();
  },
  async tedious({ host, port }, ear) {
    const { Connection } = await import('tedious');
    const connection = new Connection({ server: host, options: { port, encrypt: true } });
    ear.overhear(connection);
    await ear.callback((done) => connection.connect(done));
  },
  async 'basic-ftp'({ host, port }) {
    const { Client } = await import('basic-ftp');
    await new Client().access({ host, port, secure: true });
  },
};

const connectOtherwise: Readonly<Record<string, Connect>> = {
  async 'mysql2 verify-name'({ host, port }) {
    const { createConnection } = await import('mysql2/promise');
    await createConnection({ host, port, ssl: { verifyIdentity: true } });
  },
  async 'https-proxy-agent proxy-leg'(place, ear) {
    await throughTunnel(urlOf('https', place), 'https://target.test/', {}, ear);
  },
  async 'undici-proxy proxy-leg'(place, _ear, load) {
    const { ProxyAgent, request } = await undiciNamed(load);
    const dispatcher = new ProxyAgent(urlOf('https', place));
    await request('https://target.test/', { dispatcher });
  },
};

/** A request by way of https-proxy-agent. */
async function throughTunnel(
  proxy: string,
  url: string,
  headers: Record<string, string>,
  ear: Ear,
): Promise<void> {
  const { request } = await import('node:https');
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const sent = request(url, { agent: new HttpsProxyAgent(proxy), headers }).end();
  sent.on('response', (response) => response.resume());
  await ear.event(sent, 'response');
}

/** A request to a reverse proxy on loopback. Its Host is that of the target, unless its user sends another. */
async function throughReverseProxy(proxy: any, place: Place, ear: Ear): Promise<void> {
  const { createServer, request } = await import('node:http');
  const server = createServer((incoming, outgoing) => void proxy.web(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { host: place.hostHeader ?? `${place.host}:${place.port}` };
  const answered = once(request({ host: '127.0.0.1', port, headers }).end(), 'response');
  await Promise.race([answered, ear.event(proxy, 'response')]);
  server.close();
}

/** One of the versions of undici. */
async function undiciNamed(load: string): Promise<typeof import('undici')> {
  if (load === 'undici6') return (await import('undici6')) as unknown as typeof import('undici');
  if (load === 'undici8') return (await import('undici8')) as unknown as typeof import('undici');
  return await import('undici');
}

function urlOf(scheme: string, { host, port }: Place): string {
  return `${scheme}://${host}:${port}`;
}

function hostOf({ hostHeader }: Place): Record<string, string> {
  return hostHeader === null ? {} : { Host: hostHeader };
}

/** Milliseconds for one connection. */
const patience = 10_000;

async function main({ client, mode, package: load, places }: PlainOrder): Promise<void> {
  const connect = mode === 'plain' ? connectPlainly[client] : connectOtherwise[`${client} ${mode}`];
  if (connect === undefined) throw new Error(`${client} has no ${mode}`);
  // Some clients report a failure twice, or after it has been answered.
  process.on('uncaughtException', () => {});
  const ground = prepareGround();
  const results: PlainResult[] = [];
  for (const place of places) {
    const ear = new Ear();
    let failed = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => (timer = setTimeout(reject, patience, new Error('no answer'))));
    try {
      await Promise.race([connect(place, ear, load ?? client), late]);
    } catch (error) {
      ear.thrown(error);
      failed = true;
    }
    clearTimeout(timer);
    results.push({
      error: failed ? ear.texts.join('\n') : null,
      tellings: ear.tellings,
      socketErrors: ground.takeSocketErrors(),
    });
  }
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

const [, script, order] = process.argv;
if (script !== undefined && realpathSync(script) === program)
  await main(JSON.parse(order ?? '') as PlainOrder);
