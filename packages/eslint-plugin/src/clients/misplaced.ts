/** Options of TLS that a client does not read where they stand. */
export interface Misplaced {
  readonly client: string;
  readonly origins: readonly string[];
  /** The arguments that can be the options. */
  readonly options: readonly number[];
  /** The object in the options, by its keys. */
  readonly at: readonly string[];
  readonly keys: readonly string[];
  /** Where they belong, for the message. */
  readonly place: string;
  /** The key beside them under which they belong, where that is all there is to do. */
  readonly into?: string;
  /** What they are called where they belong. */
  readonly names?: Readonly<Record<string, string>>;
  /** Whether they belong one object further out. */
  readonly out?: true;
  /** Only where this is given as well. */
  readonly beside?: string;
}

const identity = ['servername', 'ca', 'rejectUnauthorized', 'checkServerIdentity'];
const all = [...identity, 'cert', 'pfx'];
const nested = [['tls'], ['ssl'], ['agentOptions'], ['tlsOptions'], ['secureOptions']] as const;
const verbs = ['get', 'head', 'delete', 'options', 'post', 'put', 'patch'];

/** Rows for one client, with the same options under several keys. */
function under(row: Omit<Misplaced, 'at'>, paths: readonly (readonly string[])[]): Misplaced[] {
  return paths.map((at) => ({ ...row, at }));
}

const axiosPlace = '`httpsAgent: new https.Agent({ … })`';
const axiosKeys = ['agentOptions', 'agent', ...all];

export const misplaced: readonly Misplaced[] = [
  ...(
    [
      [['axios', 'axios.request', 'axios.create'], [0]],
      [['axios', ...['get', 'head', 'delete', 'options'].map((verb) => `axios.${verb}`)], [1]],
      [['post', 'put', 'patch'].map((verb) => `axios.${verb}`), [2]],
    ] as const
  ).map(([origins, options]) => ({
    client: 'axios',
    origins,
    options,
    at: [],
    keys: axiosKeys,
    place: axiosPlace,
  })),
  {
    client: 'undici',
    origins: ['undici.Agent', 'undici.Pool', 'undici.Client', 'undici.EnvHttpProxyAgent'],
    options: [0, 1],
    at: [],
    keys: all,
    place: '`connect`',
    into: 'connect',
  },
  {
    client: 'undici',
    origins: ['undici.Agent', 'undici.Pool', 'undici.Client'],
    options: [0, 1],
    at: ['connect'],
    keys: ['tls', 'ssl'],
    place: '`connect` itself',
    out: true,
  },
  {
    client: 'ProxyAgent of undici',
    origins: ['undici.ProxyAgent'],
    options: [0],
    at: [],
    keys: ['connect', ...all],
    place: '`requestTls`, for the target, or `proxyTls`, for the proxy',
    names: { connect: 'requestTls' },
  },
  {
    client: 'fetch',
    origins: ['undici.fetch', 'global:fetch'],
    options: [1],
    at: [],
    keys: ['agent', 'httpsAgent', ...identity],
    place: '`dispatcher: new Agent({ connect: { … } })` of undici',
  },
  {
    client: 'node-fetch',
    origins: ['node-fetch'],
    options: [1],
    at: [],
    keys: ['httpsAgent', 'dispatcher', ...identity],
    place: '`agent: new https.Agent({ … })`',
  },
  {
    client: 'got',
    origins: ['got', 'got.extend', ...verbs.map((verb) => `got.${verb}`)],
    options: [0, 1],
    at: [],
    keys: ['servername', 'ca', 'rejectUnauthorized', 'checkServerIdentity'],
    place: '`https`, as `serverName`, `certificateAuthority`, `rejectUnauthorized` or `checkServerIdentity`',
    into: 'https',
    names: { servername: 'serverName', ca: 'certificateAuthority' },
  },
  {
    client: 'got',
    origins: ['got', 'got.extend', ...verbs.map((verb) => `got.${verb}`)],
    options: [0, 1],
    at: ['https'],
    keys: ['servername', 'ca', 'cert'],
    place: '`https` as `serverName`, `certificateAuthority` or `certificate`',
    names: { servername: 'serverName', ca: 'certificateAuthority', cert: 'certificate' },
  },
  {
    client: 'pg',
    origins: ['pg.Client', 'pg.Pool', 'pg-pool'],
    options: [0],
    at: [],
    keys: all,
    place: '`ssl`',
    into: 'ssl',
  },
  {
    client: 'ioredis',
    origins: ['ioredis', 'ioredis.Redis'],
    options: [0, 1, 2],
    at: [],
    keys: all,
    place: '`tls`',
    into: 'tls',
  },
  {
    client: 'ioredis',
    origins: ['ioredis.Cluster', 'ioredis.Redis.Cluster'],
    options: [1],
    at: [],
    keys: ['tls', ...identity],
    place: '`redisOptions.tls`',
  },
  {
    client: 'redis',
    origins: ['redis.createClient', '@redis/client.createClient'],
    options: [0],
    at: [],
    keys: identity,
    place: '`socket`, beside `tls: true`',
    into: 'socket',
  },
  {
    client: 'redis',
    origins: ['redis.createClient', '@redis/client.createClient'],
    options: [0],
    at: ['socket', 'tls'],
    keys: identity,
    place: '`socket` itself, beside `tls: true`',
  },
  {
    client: 'nodemailer',
    origins: ['nodemailer.createTransport'],
    options: [0],
    at: [],
    keys: ['rejectUnauthorized', 'ca', 'checkServerIdentity', 'minVersion'],
    place: '`tls`',
    into: 'tls',
  },
  ...under(
    {
      client: 'MQTT.js',
      origins: ['mqtt.connect', 'mqtt.connectAsync'],
      options: [0, 1],
      keys: identity,
      place: 'the options themselves',
    },
    nested,
  ),
  {
    client: 'amqplib',
    origins: ['amqplib.connect', 'amqplib/callback_api.connect'],
    options: [0],
    at: [],
    keys: identity,
    place: 'the second argument',
  },
  ...under(
    {
      client: 'amqplib',
      origins: ['amqplib.connect', 'amqplib/callback_api.connect'],
      options: [1],
      keys: identity,
      place: 'the second argument itself',
    },
    nested,
  ),
  ...under(
    {
      client: 'mongodb',
      origins: [
        'mongodb.MongoClient',
        'mongodb.MongoClient.connect',
        'mongoose.connect',
        'mongoose.createConnection',
      ],
      options: [1],
      keys: identity,
      place: 'the options themselves, beside `tls: true`',
    },
    nested,
  ),
  {
    client: 'KafkaJS',
    origins: ['kafkajs.Kafka'],
    options: [0],
    at: [],
    keys: ['tls', ...identity],
    place: '`ssl`',
    names: { tls: 'ssl' },
  },
  {
    client: '@elastic/elasticsearch',
    origins: ['@elastic/elasticsearch.Client'],
    options: [0],
    at: [],
    keys: identity,
    place: '`tls`',
    into: 'tls',
  },
  {
    client: '@grpc/grpc-js',
    origins: ['@grpc/grpc-js.Client'],
    options: [2],
    at: [],
    keys: ['servername', 'serverName', 'grpc.servername'],
    place: "`'grpc.ssl_target_name_override'`",
    names: {
      servername: "'grpc.ssl_target_name_override'",
      serverName: "'grpc.ssl_target_name_override'",
      'grpc.servername': "'grpc.ssl_target_name_override'",
    },
  },
  {
    client: '@grpc/grpc-js',
    origins: ['@grpc/grpc-js.credentials.createSsl', '@grpc/grpc-js.ChannelCredentials.createSsl'],
    options: [3],
    at: [],
    keys: ['servername', 'serverName'],
    place: "the options of the channel, as `'grpc.ssl_target_name_override'`",
  },
  {
    client: 'mysql2',
    origins: ['mysql2', 'mysql2/promise'].flatMap((name) => [
      `${name}.createConnection`,
      `${name}.createPool`,
    ]),
    options: [0],
    at: ['ssl'],
    keys: ['servername', 'checkServerIdentity'],
    place: '`host`, the only name that mysql2 sends and compares; to dial another address, a `stream`',
  },
  {
    client: 'mysql2',
    origins: ['mysql2', 'mysql2/promise'].flatMap((name) => [
      `${name}.createConnection`,
      `${name}.createPool`,
    ]),
    options: [0],
    at: [],
    keys: ['ca', 'rejectUnauthorized', 'verifyIdentity'],
    place: '`ssl`',
    into: 'ssl',
  },
  {
    client: 'Postgres.js',
    origins: ['postgres', 'postgres.postgres'],
    options: [0, 1],
    at: [],
    keys: identity,
    place: '`ssl`',
    into: 'ssl',
  },
  {
    client: 'tedious',
    origins: ['tedious.Connection'],
    options: [0],
    at: ['options'],
    keys: ['servername'],
    place: '`options` as `serverName`',
    names: { servername: 'serverName' },
  },
  {
    client: 'tedious',
    origins: ['tedious.Connection'],
    options: [0],
    at: [],
    keys: ['servername', 'serverName', 'ca'],
    place: '`options`, as `serverName` or in `cryptoCredentialsDetails`',
  },
  {
    client: 'basic-ftp',
    origins: ['basic-ftp.Client().access'],
    options: [0],
    at: [],
    keys: identity,
    place: '`secureOptions`',
    into: 'secureOptions',
  },
  ...under(
    {
      client: 'ws',
      origins: ['ws', 'ws.WebSocket'],
      options: [1, 2],
      keys: identity,
      place: 'the options themselves',
    },
    nested,
  ),
  ...under(
    {
      client: 'https',
      origins: ['https.request', 'https.get', 'https.Agent', 'http2.connect', 'tls.connect'],
      options: [0, 1, 2],
      keys: identity,
      place: 'the options themselves',
    },
    nested,
  ),
  {
    client: 'https',
    origins: ['https.request', 'https.get'],
    options: [0, 1],
    at: [],
    keys: ['httpsAgent', 'dispatcher'],
    place: '`agent`',
    names: { httpsAgent: 'agent' },
  },
  {
    client: 'request, through a proxy,',
    origins: ['request', ...verbs.map((verb) => `request.${verb}`)],
    options: [0, 1],
    at: ['agentOptions'],
    keys: ['servername', 'checkServerIdentity'],
    place: 'an `agent` of your own, made for the tunnel',
    beside: 'proxy',
  },
];

/** What options of the http-proxy family do not have; `ca` they have. */
export const proxyMisplaced: readonly Pick<Misplaced, 'at' | 'keys' | 'place'>[] = [
  {
    at: [],
    keys: ['servername', 'rejectUnauthorized', 'checkServerIdentity'],
    place: '`agent: new https.Agent({ … })`',
  },
  {
    at: ['ssl'],
    keys: ['servername', 'checkServerIdentity'],
    place: '`agent: new https.Agent({ … })`: `ssl` is for the server that the proxy is',
  },
];
