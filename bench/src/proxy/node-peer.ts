import { readFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyHttpsOptions } from 'fastify';

/**
 * A peer that runs on Node, in a process of its own: begun with a JSON of what it is told. Each has the best agent that
 * it can have, which keeps connections, and which sends and checks the name of the upstream. It loads what it is, and
 * nothing of the others.
 */
interface Told {
  readonly name: string;
  readonly port: number;
  readonly upstreamPort: number;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly servername: string;
}

const told = JSON.parse(process.argv[2] ?? '') as Told;
const target = `https://127.0.0.1:${told.upstreamPort}`;
const cert = readFileSync(told.cert);
const key = readFileSync(told.key);
const ca = readFileSync(told.ca);
const { servername } = told;
const agent = new Agent({ keepAlive: true, ca, servername });
const idleMilliseconds = 600_000;

// A profile is written when it exits by itself.
process.once('SIGTERM', () => process.exit(0));

switch (told.name) {
  case 'http-proxy': {
    const { default: httpProxy } = await import('http-proxy');
    const proxy = httpProxy.createProxyServer({ target, agent, xfwd: true, secure: true });
    proxy.on('error', (_error, _request, answer) => fail(answer));
    listen((request, answer) => proxy.web(request, answer));
    break;
  }
  // Its own front is a server for HTTP/2 that speaks HTTP/1.1, too; that is how its README does it.
  case 'http-proxy-3-http2': {
    const { createProxyServer } = await import('http-proxy-3');
    const proxy = createProxyServer({ target, agent, xfwd: true, secure: true, ssl: { cert, key } });
    proxy.on('error', (_error, _request, answer) => fail(answer as ServerResponse));
    proxy.listen(told.port, '127.0.0.1');
    break;
  }
  case 'http-proxy-3': {
    const { createProxyServer } = await import('http-proxy-3');
    const proxy = createProxyServer({ target, agent, xfwd: true, secure: true });
    proxy.on('error', (_error, _request, answer) => fail(answer as ServerResponse));
    listen((request, answer) => proxy.web(request, answer));
    break;
  }
  case 'httpxy': {
    const { createProxyServer } = await import('httpxy');
    const proxy = createProxyServer({ target, agent, xfwd: true, secure: true });
    proxy.on('error', (_error, _request, answer) => fail(answer as ServerResponse));
    listen((request, answer) => void proxy.web(request, answer).catch(() => fail(answer)));
    break;
  }
  case 'fastify':
  case 'fastify-http2': {
    await fastify(told.name === 'fastify-http2');
    break;
  }
  default:
    throw new Error(`no peer is called ${told.name}`);
}

function listen(take: (request: IncomingMessage, answer: ServerResponse) => void): void {
  keep(createServer({ cert, key }, take)).listen({ port: told.port, host: '127.0.0.1', backlog: 4096 });
}

/** Idle connections stay, as they do with the others. */
function keep(server: Server): Server {
  server.keepAliveTimeout = idleMilliseconds;
  return server;
}

function fail(answer: unknown): void {
  if (!(answer instanceof Object) || !('headersSent' in answer)) return;
  const { headersSent } = answer;
  if (headersSent === true) (answer as ServerResponse).destroy();
  else (answer as ServerResponse).writeHead(502).end();
}

async function fastify(speaksHttp2: boolean): Promise<void> {
  const { default: Fastify } = await import('fastify');
  const { default: replyFrom } = await import('@fastify/http-proxy');
  const { Agent: UndiciAgent } = await import('undici');
  const secure = { cert, key, allowHTTP1: true };
  const options = speaksHttp2
    ? { http2: true, https: secure }
    : { https: secure, keepAliveTimeout: idleMilliseconds };
  const server = Fastify(options as FastifyHttpsOptions<Server>);
  await server.register(replyFrom as never, {
    upstream: target,
    // What it makes of options never verifies; an agent of undici that it is given does.
    undici: new UndiciAgent({ connections: 256, connect: { ca, servername } }),
    replyOptions: {
      rewriteRequestHeaders: (request: { ip: string; headers: Record<string, string> }, headers: object) => ({
        ...headers,
        'x-forwarded-for': request.ip,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': request.headers['host'] ?? request.headers[':authority'],
      }),
    },
  });
  await server.listen({ port: told.port, host: '127.0.0.1', backlog: 4096 });
}
