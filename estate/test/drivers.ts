import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import { connect as connectAmqp, type Options } from 'amqplib';
import { Client as FtpClient } from 'basic-ftp';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ImapFlow } from 'imapflow';
import { Cluster, Redis } from 'ioredis';
import mqtt from 'mqtt';
import { createConnection } from 'mysql2/promise';
import nodemailer from 'nodemailer';
import pg from 'pg';
import postgres from 'postgres';
import { createClient } from 'redis';
import { ProxyAgent, request as requestUndici } from 'undici';
import type { Real } from '../src/real/index.ts';

/**
 * One visit to a real server with verification on: logs in over TLS, does one thing, leaves, and returns what it got.
 *
 * @param name what the certificate must say
 * @throws what the driver says
 */
export type Visit = (real: Real, name: string, ca: string) => Promise<unknown>;

/** With `pg`: who is logged in, and whether PostgreSQL itself sees TLS. */
export const withPg: Visit = async ({ host, port, login }, servername, ca) => {
  const client = new pg.Client({ host, port, ...login, database: 'postgres', ssl: { ca, servername } });
  await client.connect();
  const { rows } = await client.query(tlsOfPostgresql);
  await client.end();
  return rows;
};

export const withPostgres: Visit = async ({ host, port, login }, servername, ca) => {
  const sql = postgres({ host, port, ...login, database: 'postgres', ssl: { ca, servername }, max: 1 });
  try {
    return [...(await sql.unsafe(tlsOfPostgresql))];
  } finally {
    await sql.end();
  }
};

const tlsOfPostgresql =
  'select usename::text as name, ssl from pg_stat_ssl join pg_stat_activity using (pid) where pid = pg_backend_pid()';

export const withMysql2: Visit = async ({ host, port, login }, name, ca) => {
  const connection = await createConnection({
    // It checks the name that it dials, so that the way there has to be given apart.
    host: name,
    stream: () => connect(port, host),
    ...login,
    ssl: { ca, verifyIdentity: true },
  });
  const [rows] = await connection.query("select current_user() as name, @@have_ssl = 'YES' as tls");
  await connection.end();
  return rows;
};

export const withIoredis: Visit = async ({ host, port, login }, servername, ca) => {
  const options = { host, port, username: login.user, password: login.password, tls: { ca, servername } };
  const redis = new Redis({ ...options, lazyConnect: true, retryStrategy: () => null });
  const failures: unknown[] = [];
  redis.on('error', (error) => failures.push(error));
  try {
    await redis.connect();
    return await redis.echo('hello');
  } catch (error) {
    throw new AggregateError(failures, 'refused', { cause: error });
  } finally {
    redis.disconnect();
  }
};

/** A key of each of three nodes, and the hosts of the nodes as the cluster announces them. */
export const withIoredisCluster: Visit = async ({ host, port, login }, servername, ca) => {
  const { user: username, password } = login;
  const failures: unknown[] = [];
  const check = (asked: string, certificate: PeerCertificate): Error | undefined => {
    const failure = checkServerIdentity(asked, certificate);
    if (failure !== undefined) failures.push(failure);
    return failure;
  };
  const cluster = new Cluster([{ host, port }], {
    // Why a node cannot be had is lost: it is nowhere in what the cluster throws or emits.
    redisOptions: { username, password, tls: { ca, servername, checkServerIdentity: check } },
    lazyConnect: true,
    clusterRetryStrategy: () => null,
  });
  cluster.on('error', () => {});
  try {
    await cluster.connect();
    for (const key of ['a', 'b', 'c']) await cluster.set(key, key);
    const values = await Promise.all(['a', 'b', 'c'].map((key) => cluster.get(key)));
    const hosts = new Set(cluster.nodes('master').map(({ options }) => options.host));
    return { values, hosts: [...hosts] };
  } catch (error) {
    throw new AggregateError(failures, 'refused', { cause: error });
  } finally {
    cluster.disconnect();
  }
};

export const withRedis: Visit = async ({ host, port, login }, servername, ca) => {
  const client = createClient({
    username: login.user,
    password: login.password,
    socket: { host, port, tls: true, ca, servername, reconnectStrategy: false },
  });
  client.on('error', () => {});
  await client.connect();
  const answer = await client.ping('hello');
  client.destroy();
  return answer;
};

export const withMqtt: Visit = async ({ host, port, login }, servername, ca) => {
  const { user: username, password } = login;
  const options = { host, port, username, password, ca, servername, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(`mqtts://${host}`, options, false);
  const message = new Promise((resolve) => client.on('message', (_, payload) => resolve(String(payload))));
  await client.subscribeAsync('shop');
  await client.publishAsync('shop', 'hello');
  const received = await message;
  await client.endAsync();
  return received;
};

export const withAmqplib: Visit = async ({ host: hostname, port, login }, servername, ca) => {
  const { user: username, password } = login;
  const place: Options.Connect = { protocol: 'amqps', hostname, port, username, password };
  const connection = await connectAmqp(place, { ca, servername });
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const message = new Promise((resolve) => {
    void channel.consume(queue, (delivered) => resolve(delivered?.content.toString()), { noAck: true });
  });
  channel.sendToQueue(queue, Buffer.from('hello'));
  const received = await message;
  await connection.close();
  return received;
};

/** The messages in the inbox. */
export function withImapflow(secure: boolean): Visit {
  return async ({ host, port, login }, servername, ca) => {
    const client = new ImapFlow({
      ...{ host, port, secure, servername, tls: { ca, servername } },
      ...(secure ? {} : { doSTARTTLS: true }),
      auth: { user: login.user, pass: login.password },
      logger: false,
    });
    client.on('error', () => {});
    await client.connect();
    const { exists } = await client.mailboxOpen('INBOX');
    await client.logout();
    return exists;
  };
}

/** Whom the server has taken a message for. */
export function withNodemailer(secure: boolean): Visit {
  return async ({ host, port, login }, servername, ca) => {
    const transport = nodemailer.createTransport({
      ...{ host, port, secure, requireTLS: true, tls: { ca, servername } },
      auth: { user: login.user, pass: login.password },
    });
    const { accepted } = await transport.sendMail({ from: 'a@shop.test', to: 'b@shop.test', text: 'hello' });
    transport.close();
    return accepted;
  };
}

/** The files, listed over a second connection. */
export function withBasicFtp(secure: true | 'implicit'): Visit {
  return async ({ host, port, login }, servername, ca) => {
    const client = new FtpClient();
    try {
      await client.access({ host, port, ...login, secure, secureOptions: { ca, servername } });
      return (await client.list()).map(({ name, size }) => [name, size]);
    } finally {
      client.close();
    }
  };
}

export const withHttps: Visit = ({ host, port }, servername, ca) => get({ host, port, servername, ca });

export const withHttp2: Visit = async ({ host, port }, servername, ca) => {
  const session = connectHttp2(`https://${host}:${port}`, { servername, ca });
  try {
    await once(session, 'connect');
    return await text(session.request({ ':path': '/', ':authority': servername }));
  } finally {
    session.destroy();
  }
};

/** What the gRPC server behind nginx sends back. */
export const withGrpc: Visit = async ({ host, port }, name, ca) => {
  const client = new GrpcClient(`${host}:${port}`, credentials.createSsl(Buffer.from(ca)), {
    'grpc.ssl_target_name_override': name,
    'grpc.default_authority': name,
  });
  try {
    const octets = (message: Buffer): Buffer => message;
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest('/shop.Shop/Echo', octets, octets, Buffer.from('hello'), (error, answer) =>
        error === null ? resolve(String(answer)) : reject(error),
      );
    });
  } finally {
    client.close();
  }
};

/** Where an origin is behind a proxy: the second of its ports. */
const behind = ({ ports: [, port = 0] }: Real): number => port;

/** The name of the proxy, which is talked to over TLS; that of the origin is always `origin`. */
export function withHttpsProxyAgent(origin: string): Visit {
  return async (real, servername, ca) => {
    const agent = new HttpsProxyAgent(`https://${real.host}:${real.port}`, { ca, servername });
    return get({ agent, host: origin, port: behind(real), ca });
  };
}

export function withProxyAgent(origin: string): Visit {
  return async (real, servername, ca) => {
    const uri = `https://${real.host}:${real.port}`;
    const dispatcher = new ProxyAgent({ uri, proxyTls: { ca, servername }, requestTls: { ca } });
    try {
      const { body } = await requestUndici(`https://${origin}:${behind(real)}/`, { dispatcher });
      return await body.text();
    } finally {
      await dispatcher.destroy();
    }
  };
}

/** The name of the origin, behind a proxy that is talked to without TLS. */
export const throughHttpsProxyAgent: Visit = async (real, name, ca) => {
  const agent = new HttpsProxyAgent(`http://${real.host}:${real.port}`);
  return get({ agent, host: name, port: behind(real), ca });
};

export const throughProxyAgent: Visit = async (real, name, ca) => {
  const dispatcher = new ProxyAgent({ uri: `http://${real.host}:${real.port}`, requestTls: { ca } });
  try {
    const { body } = await requestUndici(`https://${name}:${behind(real)}/`, { dispatcher });
    return await body.text();
  } finally {
    await dispatcher.destroy();
  }
};

async function get(options: RequestOptions): Promise<string> {
  const sent = request(options).end();
  const [response] = await once(sent, 'response');
  return text(response);
}
