import { createServer, type Server as HttpServer } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { ServerProblem } from '@altname/certs';
import { fault } from '../config/fault.ts';
import type { FrontTls } from '../config/front-tls.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { Intake } from '../intake/intake.ts';
import type { PassthroughCounts } from '../metrics/passthrough-counts.ts';
import { isAlike } from '../setup.ts';
import type { FrontCertificate } from './front-certificate.ts';
import { FrontRequest } from './front-request.ts';
import { Crowd } from './crowd.ts';
import { refuseStrangers } from './client-certificate.ts';
import { sessionsOf } from './sessions.ts';
import { certificatesIn, shownCertificates, tellProblem } from './shown-certificates.ts';
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
  /** Whether there are more connections than `limits.connections`. */
  readonly crowd: Crowd;
  /** Stops following a directory of certificates. */
  readonly release: () => void;
  /**
   * Reads what another configuration needs, at the same address. What it resolves with puts that in force, for
   * connections that begin then.
   *
   * @throws {AltnameError} what the certificates throw, and for what needs a server of its own
   */
  readonly renew: (config: ProxyConfig) => Promise<() => void>;
}

/** Makes the server in front: plain HTTP/1.1, or TLS with HTTP/2 and HTTP/1.1. */
export async function makeFrontServer(
  config: ProxyConfig,
  counts: PassthroughCounts | null,
): Promise<FrontServer> {
  return config.tls === null ? plainServer(config, counts) : await secureServer(config, config.tls, counts);
}

function plainServer(config: ProxyConfig, counts: PassthroughCounts | null): FrontServer {
  const server = createServer({ requireHostHeader: false, IncomingMessage: FrontRequest });
  const intake = new Intake(server, counts);
  intake.use(config);
  limit(server, config);
  let now = config;
  answerUnreadable(server, (record) => now.onAccess?.(record));
  const renew = async (next: ProxyConfig): Promise<() => void> => {
    if (next.tls !== null) throw fault('tls', newServer);
    return () => {
      now = next;
      intake.use(next);
      limit(server, next);
    };
  };
  const connections = connectionsOf(server);
  return {
    server,
    connections,
    crowd: new Crowd({ server, connections }, () => now.limits.connections),
    sessions: new Set(),
    certificates: () => [],
    release: () => {},
    renew,
  };
}

async function secureServer(
  config: ProxyConfig,
  tls: FrontTls,
  counts: PassthroughCounts | null,
): Promise<FrontServer> {
  const told = { config };
  const tell = (problem: ServerProblem): void => tellProblem(told.config, problem);
  let now = { config, tls, shown: await shownCertificates(tls, tell) };
  const server = createSecureServer({
    ...now.shown.options,
    SNICallback: (name, done) => {
      const { SNICallback: choose } = now.shown.options;
      if (choose === undefined) done(null);
      else choose(name, done);
    },
    allowHTTP1: true,
    Http1IncomingMessage: FrontRequest,
    handshakeTimeout: config.timeouts.head,
    settings: settingsOf(config),
  });
  const intake = new Intake(server, counts);
  intake.use(config);
  if (tls.clientCertificates?.required === false) refuseStrangers(server);
  now.shown.context?.attach(server);
  limit(server as Http2SecureServer & HttpLimits, config);
  answerUnreadable(server, (record) => now.config.onAccess?.(record));
  const sessions = sessionsOf(server);
  server.on('session', (session) => {
    // RFC 9113 §6.8: a session that nobody uses is ended with GOAWAY.
    session.setTimeout(now.config.timeouts.idle, () => session.close());
  });
  // The session has ended by then, and with it its streams.
  server.on('sessionError', () => {});
  const renew = async (next: ProxyConfig): Promise<() => void> => {
    if (next.tls === null) throw fault('tls', newServer);
    const [before, nextTls] = [now, next.tls];
    if (before.tls.clientCertificates?.required !== nextTls.clientCertificates?.required) {
      throw fault(
        'tls.clientCertificates',
        `whether they are asked for is settled at the start: ${newStart}`,
      );
    }
    // A directory is followed, whatever is reloaded.
    const isSame = isAlike(nextTls, before.tls);
    const shown = isSame ? before.shown : await shownCertificates(nextTls, tell, before.shown);
    return () => {
      now = { config: next, tls: nextTls, shown };
      told.config = next;
      intake.use(next);
      limit(server as Http2SecureServer & HttpLimits, next);
      server.updateSettings(settingsOf(next));
      if (isSame) return;
      before.shown.context?.close();
      server.setSecureContext(shown.options as SecureContextOptions);
      shown.context?.attach(server);
    };
  };
  const connections = connectionsOf(server);
  return {
    server,
    connections,
    crowd: new Crowd({ server, connections }, () => now.config.limits.connections),
    sessions,
    certificates: () => certificatesIn(now.shown),
    release: () => now.shown.context?.close(),
    renew,
  };
}

const newStart = 'take another listen, or start the proxy anew';
const newServer = `one address speaks HTTP or TLS from its start on: ${newStart}`;

function settingsOf({ limits }: ProxyConfig): Settings {
  return {
    // RFC 8441: WebSocket over HTTP/2.
    enableConnectProtocol: true,
    maxConcurrentStreams: 128,
    maxHeaderListSize: limits.head,
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
