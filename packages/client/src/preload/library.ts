import type { ClientName } from '@altname/core';
import type { Step } from './route.ts';
import type { ConnectOptions } from './sighting.ts';

/** The client library of a connection, and on which leg of the way it is. */
export interface Library {
  readonly client: ClientName;
  /** `axios@1.21.1`: the package of that client, else the one nearest to the program; null where there is none. */
  readonly text: string | null;
  readonly leg: 'direct' | 'proxy' | 'origin';
}

/**
 * Which library made a connection, by the steps from TLS up to the program.
 *
 * | on the way                                            | client                                                |
 * |-------------------------------------------------------|-------------------------------------------------------|
 * | an agent for proxies, at the very connection          | that agent: it chooses the names of both legs          |
 * | known libraries                                       | the one nearest to the program                        |
 * | only Node                                             | `fetch`, `http2`, `https`, else `tls`                  |
 *
 * @param byHand over a tunnel that the program asked a proxy for itself
 */
export function libraryOf(steps: readonly Step[], options: ConnectOptions, byHand: boolean): Library {
  const overSocket = typeof options.socket === 'object' && options.socket !== null;
  const tunnel = steps.find((step) => tunnelOf(step, overSocket) !== null);
  if (tunnel !== undefined) {
    return {
      client: tunnelOf(tunnel, overSocket) ?? 'tls',
      text: textOf(tunnel),
      leg: overSocket ? 'origin' : 'proxy',
    };
  }
  const known = steps.findLast((step) => clientOf(step) !== null);
  const client = known === undefined ? nodeClient(steps) : clientOf(known);
  return {
    client: refined(client ?? 'tls', steps),
    text: textOf(known ?? steps.findLast((step) => step.package !== null)),
    leg: byHand ? 'origin' : legOfNode(steps, overSocket, options),
  };
}

function textOf(step: Step | undefined): string | null {
  if (step === undefined || step.package === null) return null;
  return step.version === null ? step.package : `${step.package}@${step.version}`;
}

/** Names of packages that speak TLS themselves, or have it done in their own way. */
const packages: Readonly<Record<string, ClientName>> = {
  axios: 'axios',
  got: 'got',
  superagent: 'superagent',
  'node-fetch': 'node-fetch',
  ws: 'ws',
  undici: 'undici',
  'http-proxy': 'http-proxy',
  'http-proxy-3': 'http-proxy',
  httpxy: 'httpxy',
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
  '@grpc/grpc-js': 'grpc-js',
  kafkajs: 'kafkajs',
  '@elastic/elasticsearch': 'elasticsearch',
  '@elastic/transport': 'elasticsearch',
  tedious: 'tedious',
  'basic-ftp': 'basic-ftp',
};

function clientOf(step: Step): ClientName | null {
  return step.package === null ? null : (packages[step.package] ?? null);
}

function tunnelOf({ package: name, file, function: called }: Step, overSocket: boolean): ClientName | null {
  if (name === 'https-proxy-agent') return 'https-proxy-agent';
  if (name === 'undici') return file.endsWith('/proxy-agent.js') ? 'undici-proxy' : null;
  // In the undici of Node, all is one file, and nothing else speaks TLS over a socket.
  return file.startsWith(ofNode) && (overSocket || /\bProxyAgent\b/.test(called ?? ''))
    ? 'undici-proxy'
    : null;
}

/**
 * Since Node 22.21 and 24.5, its own agent of https goes through the proxy of NODE_USE_ENV_PROXY. The options of a request have
 * the key of the agent's pool among them, those of a connection to the proxy do not.
 */
function legOfNode(
  steps: readonly Step[],
  overSocket: boolean,
  { _agentKey: key }: ConnectOptions,
): Library['leg'] {
  if (steps.find(({ file }) => !file.startsWith('node:_tls'))?.file !== 'node:https') return 'direct';
  return overSocket ? 'origin' : typeof key === 'string' ? 'direct' : 'proxy';
}

const ofNode = 'node:internal/deps/undici';

/** One package, two ways in. */
function refined(client: ClientName, steps: readonly Step[]): ClientName {
  if (
    client === 'undici' &&
    steps.some(({ package: name, file }) => name === 'undici' && file.includes('web/fetch/'))
  ) {
    return 'fetch';
  }
  if (
    client === 'ioredis' &&
    steps.some(({ package: name, file }) => name === 'ioredis' && file.includes('/cluster/'))
  ) {
    return 'ioredis-cluster';
  }
  return client;
}

function nodeClient(steps: readonly Step[]): ClientName {
  const files = steps.map(({ file }) => file);
  if (files.some((file) => file.startsWith(ofNode))) return 'fetch';
  if (files.some((file) => file.startsWith('node:internal/http2') || file === 'node:http2')) return 'http2';
  return files.some((file) => file === 'node:https' || file === 'node:_http_agent') ? 'https' : 'tls';
}
