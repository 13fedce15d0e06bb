import { createServer, type Server as HttpServer } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { developmentCertificate, serverContext, type ServerContext } from '@altname/certs';
import type { ClientCertificates } from '../config/client-certificates.ts';
import { frontCertificates, type FrontCertificate } from './front-certificate.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { refuseStrangers } from './client-certificate.ts';
import { answerUnreadable } from './unreadable.ts';

/** The server that clients speak to, not listening yet. */
export interface FrontServer {
  readonly server: HttpServer | Http2SecureServer;
  /** Open connections, whatever is spoken on them. */
  readonly connections: ReadonlySet<Socket>;
  /** Open sessions of HTTP/2. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** The certificates that clients are shown. */
  readonly certificates: () => readonly FrontCertificate[];
  /** Stops following a directory of certificates. */
  readonly release: () => void;
}

/** Makes the server in front: plain HTTP/1.1, or TLS with HTTP/2 and HTTP/1.1. */
export async function makeFrontServer(config: ProxyConfig): Promise<FrontServer> {
  const sessions = new Set<ServerHttp2Session>();
  if (config.tls === null) {
    const server = createServer({ requireHostHeader: false });
    limit(server, config);
    answerUnreadable(server, config.onAccess);
    return {
      server,
      connections: connectionsOf(server),
      sessions,
      certificates: () => [],
      release: () => {},
    };
  }
  const { tls, context } = await tlsOf(config.tls);
  const server = createSecureServer({
    ...tls,
    ...clientCertificateOptions(config.tls.clientCertificates),
    allowHTTP1: true,
    handshakeTimeout: config.timeouts.head,
    settings: {
      // RFC 8441: WebSocket over HTTP/2.
      enableConnectProtocol: true,
      maxConcurrentStreams: 128,
      maxHeaderListSize: config.limits.head,
    },
  });
  if (config.tls.clientCertificates?.required === false) refuseStrangers(server);
  context?.attach(server);
  limit(server as Http2SecureServer & HttpLimits, config);
  answerUnreadable(server, config.onAccess);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // RFC 9113 §6.8: a session that nobody uses is ended with GOAWAY.
    session.setTimeout(config.timeouts.idle, () => session.close());
  });
  // The session has ended by then, and with it its streams.
  server.on('sessionError', () => {});
  return {
    server,
    connections: connectionsOf(server),
    sessions,
    certificates: () => frontCertificates(context, tls.cert),
    release: () => context?.close(),
  };
}

function connectionsOf(server: HttpServer | Http2SecureServer): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** Limits of a server for HTTP/1.1. Those of a server for HTTP/2 that speaks it, too, are not in its types. */
interface HttpLimits {
  timeout: number;
  headersTimeout: number;
  connectionsCheckingInterval?: number;
  requestTimeout: number;
  maxHeaderSize?: number;
  keepAliveTimeout: number;
  maxHeadersCount: number | null;
}

function limit(server: HttpLimits, { timeouts, limits }: ProxyConfig): void {
  // Slowloris: the head has to come in time. The body may take as long as something comes of it.
  server.headersTimeout = timeouts.head;
  server.connectionsCheckingInterval = Math.min(timeouts.head, 5000);
  server.requestTimeout = 0;
  server.keepAliveTimeout = 75_000;
  server.timeout = timeouts.idle + timeouts.answer;
  server.maxHeaderSize = limits.head;
  // Their octets are bounded; a count would drop fields in silence.
  server.maxHeadersCount = 0;
}

function clientCertificateOptions(given: ClientCertificates | null): SecureOptions {
  if (given === null) return {};
  return { requestCert: true, rejectUnauthorized: given.required, ca: [...given.ca] };
}

type SecureOptions = Parameters<typeof createSecureServer>[0];

async function tlsOf(
  tls: NonNullable<ProxyConfig['tls']>,
): Promise<{ tls: SecureOptions; context: ServerContext | null }> {
  if (tls.kind === 'development') {
    return { tls: await developmentCertificate({ names: tls.names }), context: null };
  }
  const { minVersion } = tls;
  if (tls.kind === 'pair') return { tls: { cert: tls.cert, key: tls.key, minVersion }, context: null };
  const context = serverContext({
    dir: tls.dir,
    ...(tls.fallback === null ? {} : { default: tls.fallback }),
    // Node takes the issuers of clients from the context that was chosen by server name.
    tls: { minVersion, ...(tls.clientCertificates === null ? {} : { ca: [...tls.clientCertificates.ca] }) },
  });
  return { tls: context.options, context };
}
