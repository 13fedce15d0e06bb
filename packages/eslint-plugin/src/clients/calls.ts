/** A call of a client library that dials with TLS: where its options are, and what of them makes the server name. */
export interface ClientCall {
  /** What calls it, as `originOf` gives it. */
  readonly origins: readonly string[];
  /** What it is called in a message. */
  readonly client: string;
  /** Whether it is TLS by itself, or where its URL says so. */
  readonly secure: 'always' | 'url';
  /** Arguments that can be the URL. */
  readonly url: readonly number[];
  /** Arguments that can be the options. */
  readonly options: readonly number[];
  /** Keys of the options that can be the URL. */
  readonly urlKeys?: readonly string[];
  /** Keys of the options that are the host to dial. */
  readonly hostKeys?: readonly string[];
  /** Paths in the options to what `tls.connect` takes. */
  readonly tls: readonly (readonly string[])[];
  /** Paths to an agent that has options of TLS itself. */
  readonly agents: readonly (readonly string[])[];
  /** Whether a Host header becomes the server name. */
  readonly hostHeader: boolean;
  /** What the server name is called there. */
  readonly nameKey: string;
  /** Whether it is for hosts of the public web, as HTTP clients are, and not for databases of one's own. */
  readonly web: boolean;
}

const base = {
  secure: 'always',
  urlKeys: [],
  hostKeys: [],
  agents: [],
  hostHeader: false,
  nameKey: 'servername',
  web: false,
} as const;

const verbs = ['get', 'head', 'delete', 'options', 'post', 'put', 'patch'];

export const clientCalls: readonly ClientCall[] = [
  {
    ...base,
    origins: ['https.request', 'https.get', 'follow-redirects.https.request', 'follow-redirects.https.get'],
    client: 'https',
    url: [0],
    options: [0, 1],
    hostKeys: ['hostname', 'host'],
    tls: [[]],
    agents: [['agent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['https.Agent'],
    client: 'https.Agent',
    url: [],
    options: [0],
    hostKeys: ['host'],
    tls: [[]],
    web: true,
  },
  {
    ...base,
    origins: ['tls.connect'],
    client: 'tls',
    url: [],
    options: [0, 1, 2],
    hostKeys: ['host'],
    tls: [[]],
  },
  {
    ...base,
    origins: ['http2.connect'],
    client: 'http2',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [[]],
    web: true,
  },
  {
    ...base,
    origins: ['axios', 'axios.request'],
    client: 'axios',
    secure: 'url',
    url: [0],
    options: [0, 1],
    urlKeys: ['url', 'baseURL'],
    tls: [],
    agents: [['httpsAgent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['get', 'head', 'delete', 'options'].map((verb) => `axios.${verb}`),
    client: 'axios',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [],
    agents: [['httpsAgent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['post', 'put', 'patch'].map((verb) => `axios.${verb}`),
    client: 'axios',
    secure: 'url',
    url: [0],
    options: [2],
    tls: [],
    agents: [['httpsAgent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['axios.create'],
    client: 'axios',
    secure: 'url',
    url: [],
    options: [0],
    urlKeys: ['baseURL'],
    tls: [],
    agents: [['httpsAgent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['got', 'got.stream', ...verbs.map((verb) => `got.${verb}`)],
    client: 'got',
    secure: 'url',
    url: [0],
    options: [0, 1],
    urlKeys: ['url', 'prefixUrl'],
    tls: [['https']],
    agents: [['agent', 'https']],
    hostHeader: true,
    nameKey: 'serverName',
    web: true,
  },
  {
    ...base,
    origins: ['undici.request', 'undici.stream', 'undici.pipeline'],
    client: 'undici',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [[]],
    agents: [['dispatcher']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['undici.fetch', 'global:fetch'],
    client: 'fetch',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [],
    agents: [['dispatcher']],
    web: true,
  },
  {
    ...base,
    origins: ['undici.Agent', 'undici.Pool', 'undici.Client'],
    client: 'undici',
    secure: 'url',
    url: [0],
    options: [0, 1],
    tls: [['connect']],
    web: true,
  },
  {
    ...base,
    origins: ['node-fetch'],
    client: 'node-fetch',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [],
    agents: [['agent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['request', ...verbs.map((verb) => `request.${verb}`)],
    client: 'request',
    secure: 'url',
    url: [0],
    options: [0, 1],
    urlKeys: ['url', 'uri'],
    tls: [[], ['agentOptions']],
    agents: [['agent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['get', 'head', 'delete'].map((verb) => `needle.${verb}`),
    client: 'needle',
    secure: 'url',
    url: [0],
    options: [1],
    tls: [[]],
    agents: [['agent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['post', 'put', 'patch'].map((verb) => `needle.${verb}`),
    client: 'needle',
    secure: 'url',
    url: [0],
    options: [2],
    tls: [[]],
    agents: [['agent']],
    hostHeader: true,
    web: true,
  },
  {
    ...base,
    origins: ['ws', 'ws.WebSocket'],
    client: 'ws',
    secure: 'url',
    url: [0],
    options: [1, 2],
    tls: [[]],
    agents: [['agent']],
    web: true,
  },
];
