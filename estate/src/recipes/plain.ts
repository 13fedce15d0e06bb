import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { ClientName } from '@altname/core';

/** Where a client shall connect, and the Host header its user sets. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string | null;
}

/** What became of one connection: the error with all its causes, as text, or null. */
export interface PlainResult {
  readonly error: string | null;
}

/** This module as a program: `node plain.js CLIENT PLACES` prints the results of the places (JSON) one by one. */
export const program: string = fileURLToPath(import.meta.url);

/** The connection a user of each client makes who knows nothing of server names. No retries, so that a test can end. */
const connectPlainly: Record<ClientName, (place: Place) => Promise<unknown>> = {
  async https({ host, port, hostHeader }) {
    const { request } = await import('node:https');
    const sent = request({ host, port, headers: { ...(hostHeader !== null && { host: hostHeader }) } }).end();
    const [response] = await once(sent, 'response');
    response.resume();
  },
  async tls({ host, port }) {
    const { connect } = await import('node:tls');
    const socket = connect({ host, port });
    await once(socket, 'secureConnect');
    await new Promise((resolve) => socket.write('plain', resolve));
  },
  async http2(place) {
    const { connect } = await import('node:http2');
    const session = connect(urlOf('https', place));
    session.on('error', () => {});
    const { hostHeader } = place;
    const request = session.request({
      ':path': '/',
      ...(hostHeader !== null && { ':authority': hostHeader }),
    });
    await once(request, 'response');
  },
  async axios(place) {
    const { default: axios } = await import('axios');
    await axios.get(urlOf('https', place), { headers: hostOf(place), proxy: false });
  },
  async got(place) {
    const { default: got } = await import('got');
    await got(urlOf('https', place), { headers: hostOf(place), retry: { limit: 0 } });
  },
  async undici(place) {
    const { request } = await import('undici');
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
  async ws(place) {
    const { default: WebSocket } = await import('ws');
    await once(new WebSocket(urlOf('wss', place), { headers: hostOf(place) }), 'unexpected-response');
  },
  async pg({ host, port }) {
    const { default: pg } = await import('pg');
    await new pg.Client({ host, port, user: 'plain', ssl: true }).connect();
  },
  async ioredis({ host, port }) {
    const { Redis } = await import('ioredis');
    const redis = new Redis({ host, port, tls: {}, lazyConnect: true, retryStrategy: () => null });
    redis.connect().catch(() => {});
    await once(redis, 'ready');
  },
  async redis({ host, port }) {
    const { createClient } = await import('redis');
    const client = createClient({ socket: { host, port, tls: true, reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
  },
  async nodemailer({ host, port }) {
    const { default: nodemailer } = await import('nodemailer');
    await nodemailer.createTransport({ host, port, secure: true }).verify();
  },
  async mqtt(place) {
    const { default: mqtt } = await import('mqtt');
    await mqtt.connectAsync(urlOf('mqtts', place), { reconnectPeriod: 0 }, false);
  },
  async amqplib(place) {
    const { connect } = await import('amqplib');
    await connect(urlOf('amqps', place));
  },
  async mongodb({ host, port }) {
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient(`mongodb://${host}:${port}/?directConnection=true`, { tls: true });
    // The first failure; connect() would try again until its time is up.
    const failed = once(client, 'serverHeartbeatFailed').then(([event]) => Promise.reject(event.failure));
    await Promise.race([client.connect(), failed]);
  },
  async kafkajs({ host, port }) {
    const { Kafka, logLevel } = await import('kafkajs');
    const kafka = new Kafka({
      brokers: [`${host}:${port}`],
      ssl: true,
      connectionTimeout: patience,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
    });
    await kafka.admin().connect();
  },
  async 'grpc-js'({ host, port, hostHeader }) {
    const { Client, credentials, status } = await import('@grpc/grpc-js');
    const options = hostHeader === null ? {} : { 'grpc.default_authority': hostHeader };
    const client = new Client(`${host}:${port}`, credentials.createSsl(), options);
    const octets = (message: Buffer): Buffer => message;
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest('/plain.Plain/Call', octets, octets, Buffer.alloc(0), (error) =>
        error === null || error.code === status.UNIMPLEMENTED ? resolve() : reject(error),
      );
    });
  },
};

function urlOf(scheme: string, { host, port }: Place): string {
  return `${scheme}://${host}:${port}`;
}

function hostOf({ hostHeader }: Place): Record<string, string> {
  return hostHeader === null ? {} : { Host: hostHeader };
}

/** Milliseconds for one connection. */
const patience = 10_000;

async function main(client: ClientName, places: readonly Place[]): Promise<void> {
  // Some clients report a failure twice, or after it has been answered.
  process.on('uncaughtException', () => {});
  const results: PlainResult[] = [];
  for (const place of places) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => (timer = setTimeout(reject, patience, new Error('no answer'))));
    try {
      await Promise.race([connectPlainly[client](place), late]);
      results.push({ error: null });
    } catch (error) {
      results.push({ error: inspect(error, { depth: 6 }).slice(0, 10_000) });
    }
    clearTimeout(timer);
  }
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

const [, script, client, places] = process.argv;
if (script !== undefined && realpathSync(script) === program) {
  await main(client as ClientName, JSON.parse(places ?? '[]') as Place[]);
}
