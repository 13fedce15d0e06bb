import type { ClientName } from '@altname/core';
import type { Step } from './route.ts';

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
 */
export function libraryOf(steps: readonly Step[], overSocket: boolean): Library {
  const tunnel = steps.find((step) => tunnelOf(step) !== null);
  if (tunnel !== undefined) {
    return {
      client: tunnelOf(tunnel) ?? 'tls',
      text: textOf(tunnel),
      leg: overSocket ? 'origin' : 'proxy',
    };
  }
  const known = steps.findLast((step) => clientOf(step) !== null);
  const client = known === undefined ? nodeClient(steps) : clientOf(known);
  return {
    client: refined(client ?? 'tls', steps),
    text: textOf(known ?? steps.findLast((step) => step.package !== null)),
    leg: 'direct',
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

function tunnelOf({ package: name, file, function: called }: Step): ClientName | null {
  if (name === 'https-proxy-agent') return 'https-proxy-agent';
  const undici = name === 'undici' || file.startsWith('node:internal/deps/undici');
  return undici && (file.endsWith('proxy-agent.js') || /\bProxyAgent\b/.test(called ?? ''))
    ? 'undici-proxy'
    : null;
}

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
  if (files.some((file) => file.startsWith('node:internal/deps/undici'))) return 'fetch';
  if (files.some((file) => file.startsWith('node:internal/http2') || file === 'node:http2')) return 'http2';
  return files.some((file) => file === 'node:https' || file === 'node:_http_agent') ? 'https' : 'tls';
}
