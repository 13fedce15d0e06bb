/** A client that sends no server name by itself, also where the host is a name. */
export interface SilentClient {
  readonly client: string;
  readonly origins: readonly string[];
  /** The arguments that can be the options. */
  readonly options: readonly number[];
  /** The path to the options of TLS. */
  readonly tls: readonly string[];
  readonly hosts: readonly (readonly string[])[];
  /** The argument that is the host, where it is one of its own. */
  readonly hostArgument?: number;
  /** Arguments or keys that can be a URL, and how one with TLS begins. */
  readonly urls: readonly (number | string)[];
  readonly scheme: RegExp;
  /** A key that has to be true for TLS, where no object of options makes it. */
  readonly switchedBy: readonly string[] | undefined;
}

export const silentClients: readonly SilentClient[] = [
  {
    client: 'ioredis',
    origins: ['ioredis', 'ioredis.Redis'],
    options: [0, 1, 2],
    tls: ['tls'],
    hosts: [['host']],
    hostArgument: 1,
    urls: [0],
    scheme: /^rediss:\/\//i,
    switchedBy: undefined,
  },
  {
    client: 'node-redis',
    origins: ['redis.createClient', '@redis/client.createClient'],
    options: [0],
    tls: ['socket'],
    hosts: [['socket', 'host']],
    urls: ['url'],
    scheme: /^rediss:\/\//i,
    switchedBy: ['socket', 'tls'],
  },
  {
    client: 'basic-ftp',
    origins: ['basic-ftp.Client().access'],
    options: [0],
    tls: ['secureOptions'],
    hosts: [['host']],
    urls: [],
    scheme: /^ftps:\/\//i,
    switchedBy: ['secure'],
  },
];
