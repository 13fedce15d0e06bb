import type { ClientName } from '../diagnosis/evidence.ts';
import { readFrames } from './call-site.ts';
import { outwards, peek, peekText, stackOf, type ErrorNode } from './error-graph.ts';

/**
 * The client library whose error it is; null when nothing shows it. Several clients hand on the error of Node as it
 * is, which was made in an event and so has none of their frames in its stack.
 *
 * The shape of an error says more than a stack: in a stack the library can be the one that called the application.
 */
export function findClient(nodes: readonly ErrorNode[], failure: ErrorNode): ClientName | null {
  if (isOfSecureProxy(nodes)) return 'undici-proxy';
  for (const node of nodes) {
    const shaped = shapes.find(({ fits }) => fits(node));
    if (shaped !== undefined) return shaped.client;
  }
  for (const node of outwards(failure)) {
    const client = frameClient(stackOf(node));
    if (client !== null) return client;
  }
  return null;
}

/** undici has a word of its own for a name refused on the way to the proxy itself; fetch wraps it as any other. */
export function isOfSecureProxy(nodes: readonly ErrorNode[]): boolean {
  return nodes.some(({ code }) => code === 'UND_ERR_PRX_TLS');
}

interface Shape {
  readonly client: ClientName;
  readonly fits: (node: ErrorNode) => boolean;
}

/** How the errors of each client look. Measured with their versions of November 2026; bundlers leave no more of them. */
const shapes: readonly Shape[] = [
  { client: 'axios', fits: ({ value }) => peek(value, 'isAxiosError') === true },
  { client: 'got', fits: ({ name, value }) => name === 'RequestError' && has(value, 'timings', 'options') },
  {
    client: 'node-fetch',
    fits: ({ name, message }) => name === 'FetchError' && message.startsWith('request to '),
  },
  { client: 'fetch', fits: ({ name, message }) => name === 'TypeError' && message === 'fetch failed' },
  { client: 'mongodb', fits: ({ name }) => /^Mongo(?:ose)?[A-Z]\w*Error$/.test(name) },
  { client: 'kafkajs', fits: ({ name }) => name.startsWith('KafkaJS') },
  {
    client: 'grpc-js',
    fits: ({ value, message }) =>
      /^\d{1,2} [A-Z_]+: /.test(message) &&
      typeof peek(value, 'code') === 'number' &&
      has(value, 'details', 'metadata'),
  },
  {
    client: 'elasticsearch',
    fits: ({ name, value }) => name === 'ConnectionError' && has(value, 'meta', 'options'),
  },
  {
    client: 'tedious',
    fits: ({ code, message }) => code === 'ESOCKET' && message.startsWith('Failed to connect to '),
  },
  { client: 'nodemailer', fits: ({ code, value }) => code === 'ESOCKET' && has(value, 'command') },
  { client: 'mysql2', fits: ({ code }) => code === 'HANDSHAKE_SSL_ERROR' },
  { client: 'ioredis-cluster', fits: ({ name }) => name === 'ClusterAllFailedError' },
  { client: 'ioredis', fits: ({ name }) => name === 'MaxRetriesPerRequestError' },
  { client: 'postgres', fits: ({ value }) => has(value, 'query', 'parameters', 'args', 'types') },
  // It sets what it has of a response on the error of Node itself.
  { client: 'superagent', fits: ({ value }) => has(value, 'response', 'cert', 'reason') },
  { client: 'ws', fits: ({ value }) => isSocketOfWs(peek(value, 'target')) },
];

/** By package, as it stands in the path of a stack frame. */
const byPackage: Readonly<Record<string, ClientName>> = {
  axios: 'axios',
  got: 'got',
  'node-fetch': 'node-fetch',
  superagent: 'superagent',
  ws: 'ws',
  undici: 'undici',
  'http-proxy': 'http-proxy',
  'http-proxy-3': 'http-proxy',
  httpxy: 'httpxy',
  'https-proxy-agent': 'https-proxy-agent',
  pg: 'pg',
  'pg-pool': 'pg',
  postgres: 'postgres',
  mysql2: 'mysql2',
  mongodb: 'mongodb',
  ioredis: 'ioredis',
  redis: 'redis',
  '@redis/client': 'redis',
  nodemailer: 'nodemailer',
  imapflow: 'imapflow',
  mqtt: 'mqtt',
  amqplib: 'amqplib',
  kafkajs: 'kafkajs',
  '@grpc/grpc-js': 'grpc-js',
  '@elastic/transport': 'elasticsearch',
  '@elastic/elasticsearch': 'elasticsearch',
  tedious: 'tedious',
  'basic-ftp': 'basic-ftp',
};

/** The client of the innermost frame that is of one, as far as the first frame of the application. */
function frameClient(stack: string): ClientName | null {
  for (const { owner, file } of readFrames(stack)) {
    if (owner === null) return null;
    if (file.startsWith('node:internal/deps/undici')) return 'fetch';
    if (owner === 'undici' && /[\\/]web[\\/]fetch[\\/]/.test(file)) return 'fetch';
    if (owner === 'ioredis' && /[\\/]cluster[\\/]/.test(file)) return 'ioredis-cluster';
    const client = Object.hasOwn(byPackage, owner) ? byPackage[owner] : undefined;
    if (client !== undefined) return client;
  }
  return null;
}

/** The WebSocket of ws is an event emitter; those of browsers and of undici are not. */
function isSocketOfWs(target: unknown): boolean {
  return /^wss?:/.test(peekText(target, 'url', 10) ?? '') && typeof peek(target, 'on') === 'function';
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return keys.every((key) => Reflect.has(value, key));
  } catch {
    return false;
  }
}
