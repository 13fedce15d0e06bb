/** How a client library shows itself in an error text, and what is known of its ways with names. */
export interface ClientTrace {
  /** The package, as it stands in a stack frame; `fetch` for the one inside Node, `undici-proxy` by its words alone. */
  readonly client: string;
  /** Words that only this client prints. */
  readonly texts: readonly string[];
  /** Its own error can come without the reason. Then this says where the reason is. */
  readonly hides: string | null;
  /** What it is known to do with names, where that explains a wrong one. */
  readonly way: ClientWay | null;
}

/**
 * - `checks-localhost`: upgrades a socket without saying for whom, so that Node checks `localhost`
 * - `forwards-host`: a proxy whose incoming Host header becomes the server name, unless told otherwise
 * - `sends-no-name`: sends no server name unless one is given
 * - `sends-address`: sends an IP address as server name
 */
export type ClientWay = 'checks-localhost' | 'forwards-host' | 'sends-no-name' | 'sends-address';

/** Measured with the current versions of November 2026. The order decides where two could be meant. */
const clientTraces: readonly ClientTrace[] = [
  {
    client: 'fetch',
    texts: ['TypeError: fetch failed', '"fetch failed'],
    hides: 'fetch keeps the reason in error.cause: print error.cause.code and error.cause.message.',
    way: null,
  },
  {
    client: 'ioredis',
    texts: [
      '[ioredis]',
      'MaxRetriesPerRequestError',
      'max retries per request limit',
      'Failed to refresh slots cache',
      'None of startup nodes is available',
    ],
    hides:
      'ioredis gives the reason to its "error" event only: listen with client.on("error", …). A Cluster gives it nowhere: connect to one of its nodes with Redis.',
    way: 'sends-no-name',
  },
  {
    client: 'mongodb',
    texts: ['MongoServerSelectionError', 'MongooseServerSelectionError', 'MongoNetworkError'],
    hides: 'mongodb keeps the reason in error.cause, and for each server in error.reason.servers.',
    way: null,
  },
  {
    client: 'kafkajs',
    texts: ['KafkaJSNumberOfRetriesExceeded', 'KafkaJSConnectionError'],
    hides: 'kafkajs keeps the reason in error.cause.',
    way: null,
  },
  {
    client: '@grpc/grpc-js',
    texts: ['14 UNAVAILABLE', 'No connection established. Last error'],
    hides: 'grpc-js has no code for it: the reason is only in the text of the error, behind "Last error:".',
    way: 'sends-address',
  },
  {
    client: 'nodemailer',
    texts: ["command: 'CONN'", '"command":"CONN"'],
    hides: 'nodemailer replaces the code by ESOCKET: the reason is only in the message.',
    way: null,
  },
  {
    client: '@elastic/elasticsearch',
    texts: ['@elastic/transport', 'ConnectionError: Hostname/IP'],
    hides: 'The Elasticsearch client keeps no code: the reason is only in the message.',
    way: null,
  },
  {
    client: 'mysql2',
    texts: ['HANDSHAKE_SSL_ERROR'],
    hides: 'mysql2 replaces the code by HANDSHAKE_SSL_ERROR: the reason is only in the message.',
    way: 'checks-localhost',
  },
  {
    client: 'undici-proxy',
    texts: ['SecureProxyConnectionError', 'UND_ERR_PRX_TLS'],
    hides: 'The ProxyAgent of undici keeps the reason why it could not reach the proxy in error.cause.',
    way: 'sends-address',
  },
  {
    client: 'tedious',
    texts: [],
    hides: 'tedious replaces the code by ESOCKET and keeps the reason in error.cause.',
    way: 'sends-address',
  },
  { client: 'axios', texts: ['AxiosError'], hides: null, way: null },
  { client: 'node-fetch', texts: ['FetchError: request to'], hides: null, way: null },
  ...inFrames('forwards-host', ['http-proxy', 'http-proxy-3', 'httpxy', 'http-proxy-middleware', 'vite']),
  ...inFrames('checks-localhost', ['pg', 'postgres', 'https-proxy-agent', 'global-agent']),
  ...inFrames('sends-no-name', ['redis', '@redis/client', 'basic-ftp']),
  ...inFrames(null, ['got', 'undici', 'ws', 'mqtt', 'amqplib', 'imapflow', 'superagent']),
];

/** The trace whose words stand in a line; null when none do. */
export function findClientText(line: string): ClientTrace | null {
  return clientTraces.find((trace) => trace.texts.some((text) => line.includes(text))) ?? null;
}

/** The client that a stack frame runs in; null when it is none that is known. */
export function findClientFrame(line: string): ClientTrace | null {
  if (line.includes('node:internal/deps/undici')) return byClient.get('fetch') ?? null;
  for (const found of line.matchAll(frame)) {
    const trace = byClient.get(found[1] ?? '');
    if (trace !== undefined) return trace;
  }
  return null;
}

/** The trace of a client by its name. */
export function clientTrace(client: string): ClientTrace | null {
  return byClient.get(client) ?? null;
}

const frame = /node_modules[\\/]((?:@[\w.-]{1,60}[\\/])?[\w.-]{1,60})/g;

const byClient: ReadonlyMap<string, ClientTrace> = new Map(
  clientTraces.map((trace) => [trace.client, trace]),
);

function inFrames(way: ClientWay | null, packages: readonly string[]): ClientTrace[] {
  return packages.map((client) => ({ client, texts: [], hides: null, way }));
}
