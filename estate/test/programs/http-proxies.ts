import { headers, makeAgent, options, shown, url, type Asked, type HttpClient } from './http-clients.ts';

/** The reverse proxies: a server of the program asks the target in the name of whoever asks it. */
function reverse(client: 'http-proxy' | 'httpxy', imports: string, create: string): HttpClient {
  const proxyOptions = (asked: Asked): string =>
    `{ target: ${url(asked)}${
      // With changeOrigin, the Host header of who asks is none of the target's business.
      asked.header === undefined ? ', changeOrigin: true' : ''
    }${asked.shared === undefined ? '' : `, agent: ${asked.shared}`} }`;
  const askIt = ({ header }: Asked): string => `await once(server, 'listening');
  const { port } = server.address();
  const asking = get({ port, headers: { host: '${header ?? 'localhost'}' } });
  const [response] = await Promise.race([once(asking, 'response'), failed]);
  ${shown}
  server.close();`;
  return {
    title: client,
    client,
    library: client,
    imports: `import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { Agent } from 'node:https';
${imports}`,
    ask: (asked) => `const proxy = ${create}(${proxyOptions(asked)});
  const server = createServer((incoming, outgoing) => void proxy.@@web(incoming, outgoing));
  const failed = new Promise((_, reject) =>
    proxy.on('error', (error, incoming, outgoing) => {
      server.close();
      outgoing.destroy();
      reject(error);
    }),
  );
  server.listen(0, '127.0.0.1');
  ${askIt(asked)}`,
    shared: makeAgent,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
    serves: true,
  };
}

export const reverseProxies: readonly HttpClient[] = [
  reverse('http-proxy', `import httpProxy from 'http-proxy';`, 'httpProxy.createProxyServer'),
  reverse('httpxy', `import { createProxyServer } from 'httpxy';`, 'createProxyServer'),
];

/** undici's own, under each of the names that it is installed by. */
function proxyAgent(installedAs: string, version: string): HttpClient {
  return {
    title: `undici ${version} ProxyAgent`,
    client: 'undici-proxy',
    library: 'undici',
    imports: `import { ProxyAgent, request } from '${installedAs}';
const proxy = new ProxyAgent(process.env.HTTPS_PROXY);`,
    ask: (asked) => `const { statusCode, body } = await @@request(${url(asked)}${options(
      `dispatcher: ${asked.shared ?? 'proxy'}`,
      headers(asked),
    )});
  console.log(statusCode);
  await body.dump();`,
    shared: (servername) =>
      `new ProxyAgent({ uri: process.env.HTTPS_PROXY, requestTls: { servername: '${servername}' } })`,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
    installedAs,
    tunnels: true,
  };
}

/** Clients whose connection to the target goes through a forward proxy. */
export const tunnels: readonly HttpClient[] = [
  {
    title: 'https-proxy-agent',
    client: 'https-proxy-agent',
    library: 'https-proxy-agent',
    imports: `import { once } from 'node:events';
import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);`,
    ask: (asked) => `const [response] = await once(@@get(${url(asked)}${options(
      'agent',
      asked.shared === undefined ? undefined : `...${asked.shared}`,
      headers(asked),
    )}), 'response');
  ${shown}`,
    shared: (servername) => `{ servername: '${servername}' }`,
    headerCounts: true,
    askedFrom: 'url',
    speech: 'http',
    tunnels: true,
  },
  proxyAgent('undici6', '6'),
  proxyAgent('undici', '7'),
  proxyAgent('undici8', '8'),
];

/** A client of a proxy that is spoken to over TLS, at HTTPS_PROXY. */
export interface ProxyClient extends Pick<HttpClient, 'title' | 'client' | 'library' | 'installedAs'> {
  /** A program that asks for a URL, and prints an answer. */
  readonly program: (target: string) => string;
  /** The server name for a proxy with an address, and where it comes from. */
  readonly sentToAddress: readonly [string | null, 'not-sent-for-ip' | 'url'];
}

function proxyAgentLeg(installedAs: string, version: string): ProxyClient {
  return {
    title: `undici ${version} ProxyAgent`,
    client: 'undici-proxy',
    library: 'undici',
    installedAs,
    sentToAddress: ['127.0.0.1', 'url'],
    program: (target) => `import { ProxyAgent, fetch, setGlobalDispatcher } from '${installedAs}';
setGlobalDispatcher(new ProxyAgent(process.env.HTTPS_PROXY));
const response = await @@fetch('${target}');
console.log(response.status);
`,
  };
}

export const proxyClients: readonly ProxyClient[] = [
  {
    title: 'https-proxy-agent',
    client: 'https-proxy-agent',
    library: 'https-proxy-agent',
    sentToAddress: [null, 'not-sent-for-ip'],
    // It connects in a later turn. What there is to change for the proxy is here.
    program: (target) => `import { once } from 'node:events';
import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';

const agent = @@new HttpsProxyAgent(process.env.HTTPS_PROXY);
const [response] = await once(get('${target}', { agent }), 'response');
console.log(response.statusCode);
response.resume();
`,
  },
  proxyAgentLeg('undici6', '6'),
  proxyAgentLeg('undici', '7'),
  proxyAgentLeg('undici8', '8'),
];
