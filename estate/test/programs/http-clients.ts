import { isIP } from 'node:net';
import type { ClientName } from '@altname/core';

// Programs as people write them, put together from the parts of each client. The place of a call in its file is part of
// what is tested: `@@` stands right before it, and is taken out.

/** What a program of the tests asks for. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  /** A Host header set by the user. */
  readonly header?: string;
  /** A variable that holds what {@link HttpClient.shared} makes. */
  readonly shared?: string;
}

/** A client as people use it. */
export interface HttpClient {
  /** `undici 8` */
  readonly title: string;
  readonly client: ClientName;
  /** `app.library`, by `name@version`; null for Node itself. */
  readonly library: string | null;
  readonly imports: string;
  /** Statements that fail by an exception, and print an answer. */
  readonly ask: (asked: Asked) => string;
  /** Code that makes what pins a server name for every host that is asked with it. */
  readonly shared?: (servername: string) => string;
  /** Whether a Host header becomes the server name. */
  readonly headerCounts: boolean;
  /** What the target is called by the program: a URL, else options. */
  readonly askedFrom: 'url' | 'option-host';
  /** Where its server name comes from, where that is not the same. */
  readonly sentFrom?: 'option-servername';
  /** What the sink speaks. */
  readonly speech: 'http' | 'h2';
  /** Imports of the recipes that stand for another package here: `undici` in its version 8. */
  readonly installedAs?: string;
  /** What is put behind a recipe that only connects, to see what it would send. */
  readonly firstWords?: string;
  /** A server in front of the target: its recipes wait for a request. */
  readonly serves?: true;
  /** Every connection to the target goes through the proxy at HTTPS_PROXY. */
  readonly tunnels?: true;
}

export const url = ({ host, port }: Asked, scheme = 'https'): string =>
  `'${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/pay'`;

/** Options of a call as an object literal, or nothing. */
export function options(...entries: readonly (string | false | undefined)[]): string {
  const given = entries.filter((entry) => typeof entry === 'string');
  return given.length === 0 ? '' : `, { ${given.join(', ')} }`;
}

export const headers = ({ header }: Asked, name = 'Host'): string | undefined =>
  header === undefined ? undefined : `headers: { ${name}: '${header}' }`;

export const agent = ({ shared }: Asked, option = 'agent'): string | undefined =>
  shared === undefined ? undefined : `${option}: ${shared}`;

export const makeAgent = (servername: string): string => `new Agent({ servername: '${servername}' })`;

export const shown = 'console.log(response.statusCode);\n  response.resume();';

const core = {
  client: 'https',
  library: null,
  headerCounts: true,
  speech: 'http',
  shared: makeAgent,
} as const;

/** undici under each of the names that it is installed by. */
function undicis(installedAs: string, version: string): HttpClient[] {
  return [
    {
      title: `undici ${version} request`,
      client: 'undici',
      library: 'undici',
      imports: `import { Agent, request } from '${installedAs}';`,
      ask: (asked) => `const { statusCode, body } = await @@request(${url(asked)}${options(
        agent(asked, 'dispatcher'),
        headers(asked),
      )});
  console.log(statusCode);
  await body.dump();`,
      shared: (servername) => `new Agent({ connect: { servername: '${servername}' } })`,
      headerCounts: true,
      askedFrom: 'url',
      speech: 'http',
      installedAs,
    },
    {
      title: `undici ${version} fetch`,
      client: 'fetch',
      library: 'undici',
      imports: `import { Agent, fetch } from '${installedAs}';`,
      ask: (asked) => `const response = await @@fetch(${url(asked)}${options(
        agent(asked, 'dispatcher'),
        headers(asked),
      )});
  console.log(response.status);`,
      shared: (servername) => `new Agent({ connect: { servername: '${servername}' } })`,
      headerCounts: false,
      askedFrom: 'url',
      speech: 'http',
      installedAs,
    },
  ];
}

/** One of two texts, by the line of this Node. */
function sinceNode(since: number, then: string, before: string): string {
  return Number(process.versions.node.split('.')[0]) >= since ? then : before;
}

/** Every client that needs no proxy on its way. */
export const httpClients: readonly HttpClient[] = [
  {
    ...core,
    title: 'https.get of a URL',
    imports: `import { once } from 'node:events';\nimport { Agent, get } from 'node:https';`,
    ask: (asked) => `const [response] = await once(@@get(${url(asked)}${options(
      agent(asked),
      headers(asked),
    )}), 'response');
  ${shown}`,
    askedFrom: 'url',
  },
  {
    ...core,
    title: 'https.request of options',
    // By then, `setHeader` is too late for the agent.
    headerCounts: false,
    imports: `import { once } from 'node:events';\nimport https, { Agent } from 'node:https';`,
    ask: (
      asked,
    ) => `const sent = https.@@request({ host: '${asked.host}', port: ${asked.port}, path: '/pay'${[
      agent(asked),
    ]
      .map((each) => (each === undefined ? '' : `, ${each}`))
      .join('')} });
  ${asked.header === undefined ? '' : `sent.setHeader('Host', '${asked.header}');`}
  sent.end();
  const [response] = await once(sent, 'response');
  ${shown}`,
    askedFrom: 'option-host',
  },
  {
    ...core,
    title: 'https.get with an agent that keeps alive',
    imports: `import { once } from 'node:events';\nimport * as https from 'node:https';
const { Agent } = https;
const keeping = new Agent({ keepAlive: true });`,
    ask: (asked) => `const request = https.@@get(${url(asked)}, { agent: ${asked.shared ?? 'keeping'}${
      asked.header === undefined ? '' : `, headers: { host: '${asked.header}' }`
    } });
  const [response] = await once(request, 'response');
  ${shown}`,
    askedFrom: 'url',
    shared: (servername) => `new Agent({ keepAlive: true, servername: '${servername}' })`,
  },
  {
    title: 'tls.connect',
    client: 'tls',
    library: null,
    imports: `import { once } from 'node:events';\nimport tls from 'node:tls';`,
    ask: ({ host, port, shared }) => `const socket = tls.@@connect({ host: '${host}', port: ${port}${
      shared !== undefined ? `, ...${shared}` : isIP(host) > 0 ? '' : `, servername: '${host}'`
    } });
  await once(socket, 'secureConnect');
  console.log(socket.authorized);
  socket.end('GET / HTTP/1.0\\r\\n\\r\\n');`,
    shared: (servername) => `({ servername: '${servername}' })`,
    headerCounts: false,
    askedFrom: 'option-host',
    sentFrom: 'option-servername',
    speech: 'http',
    firstWords: `socket.write('first words');`,
  },
  {
    title: 'http2.connect',
    client: 'http2',
    library: null,
    imports: `import { once } from 'node:events';\nimport { connect } from 'node:http2';`,
    ask: (asked) => `const session = @@connect(${url(asked)}${
      asked.shared === undefined ? '' : `, ${asked.shared}`
    });
  session.on('error', () => {});
  const request = session.request({ ':path': '/pay'${
    asked.header === undefined ? '' : `, ':authority': '${asked.header}'`
  } });
  const [answer] = await once(request, 'response');
  console.log(answer[':status']);
  session.destroy();`,
    shared: (servername) => `{ servername: '${servername}' }`,
    headerCounts: false,
    askedFrom: 'url',
    speech: 'h2',
  },
  {
    title: 'global fetch',
    client: 'fetch',
    library: null,
    imports: '',
    ask: (asked) => `const response = await @@fetch(${url(asked)}${options(headers(asked))});
  console.log(response.status);`,
    headerCounts: false,
    askedFrom: 'url',
    speech: 'http',
  },
  ...undicis('undici6', '6'),
  ...undicis('undici', '7'),
  ...undicis('undici8', '8'),
  {
    title: 'axios',
    client: 'axios',
    library: 'axios',
    imports: `import { Agent } from 'node:https';\nimport axios from 'axios';`,
    ask: (asked) => `const { status } = await axios.@@get(${url(asked)}${options(
      agent(asked, 'httpsAgent'),
      headers(asked),
    )});
  console.log(status);`,
    shared: makeAgent,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
  },
  {
    title: 'got',
    client: 'got',
    library: 'got',
    imports: `import got from 'got';`,
    ask: (asked) => `const { statusCode } = await @@got(${url(asked)}${options(
      'retry: { limit: 0 }',
      asked.shared === undefined ? undefined : `https: ${asked.shared}`,
      headers(asked),
    )});
  console.log(statusCode);`,
    shared: (servername) => `{ serverName: '${servername}' }`,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
  },
  {
    title: 'node-fetch',
    client: 'node-fetch',
    library: 'node-fetch',
    imports: `import { Agent } from 'node:https';\nimport fetch from 'node-fetch';`,
    ask: (asked) => `const response = await @@fetch(${url(asked)}${options(agent(asked), headers(asked))});
  console.log(response.status);`,
    shared: makeAgent,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
  },
  {
    title: 'superagent',
    client: 'superagent',
    library: 'superagent',
    imports: `import { Agent } from 'node:https';\nimport superagent from 'superagent';`,
    // Its request is sent by `await`, which V8 has on the stack since Node 26.
    ask: (asked) => `const request = superagent.${sinceNode(26, '', '@@')}get(${url(asked)});
  ${asked.shared === undefined ? '' : `request.agent(${asked.shared});`}
  ${asked.header === undefined ? '' : `request.set('Host', '${asked.header}');`}
  const { status } = ${sinceNode(26, '@@', '')}await request;
  console.log(status);`,
    shared: makeAgent,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
  },
  {
    title: 'ws',
    client: 'ws',
    library: 'ws',
    imports: `import { once } from 'node:events';\nimport WebSocket from 'ws';`,
    ask: (asked) => `const socket = @@new WebSocket(${url(asked, 'wss')}${options(
      asked.shared === undefined ? undefined : `...${asked.shared}`,
      headers(asked),
    )});
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  console.log(response.statusCode);
  response.destroy();`,
    shared: (servername) => `{ servername: '${servername}' }`,
    headerCounts: false,
    askedFrom: 'url',
    speech: 'http',
  },
];
