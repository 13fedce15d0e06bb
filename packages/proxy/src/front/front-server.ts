import { createServer, type Server as HttpServer } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type SecureServerOptions,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { ServerContext } from '@altname/certs';
import { AltnameError } from '@altname/core';
import type { ClientCertificates } from '../config/client-certificates.ts';
import { fault } from '../config/fault.ts';
import type { FrontTls } from '../config/front-tls.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { Intake } from '../intake/intake.ts';
import type { PassthroughCounts } from '../metrics/passthrough-counts.ts';
import { isAlike } from '../setup.ts';
import { frontCertificates, type FrontCertificate } from './front-certificate.ts';
import { Crowd } from './crowd.ts';
import { refuseStrangers } from './client-certificate.ts';
import { sessionsOf } from './sessions.ts';
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
  const server = createServer({ requireHostHeader: false });
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
  let now = { config, tls, shown: await certificatesOf(tls) };
  const server = createSecureServer({
    ...now.shown.options,
    SNICallback: (name, done) => {
      const { SNICallback: choose } = now.shown.options;
      if (choose === undefined) done(null);
      else choose(name, done);
    },
    allowHTTP1: true,
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
    const shown = isSame ? before.shown : await certificatesOf(nextTls);
    return () => {
      now = { config: next, tls: nextTls, shown };
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
    certificates: () => frontCertificates(now.shown.context, now.shown.options.cert),
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

function clientCertificateOptions(given: ClientCertificates | null): SecureServerOptions {
  if (given === null) return {};
  return { requestCert: true, rejectUnauthorized: given.required, ca: [...given.ca] };
}

/** What a server shows to clients, and asks of them; with the directory that it comes from, if any. */
interface ShownCertificates {
  readonly options: SecureServerOptions;
  readonly context: ServerContext | null;
}

async function certificatesOf(tls: FrontTls): Promise<ShownCertificates> {
  const asked = clientCertificateOptions(tls.clientCertificates);
  if (tls.kind === 'development') {
    const { developmentCertificate } = await import('@altname/certs');
    return { options: { ...(await developmentCertificate({ names: tls.names })), ...asked }, context: null };
  }
  const { minVersion } = tls;
  if (tls.kind === 'pair') {
    return { options: { cert: tls.cert, key: tls.key, minVersion, ...asked }, context: null };
  }
  const context = await directoryOf(tls);
  return { options: { ...context.options, ...asked }, context };
}

async function directoryOf(tls: FrontTls & { kind: 'directory' }): Promise<ServerContext> {
  const { serverContext } = await import('@altname/certs');
  const { dir, fallback, minVersion, clientCertificates } = tls;
  try {
    return serverContext({
      dir,
      ...(fallback === null ? {} : { default: fallback }),
      // Node takes the issuers of clients from the context that was chosen by server name.
      tls: { minVersion, ...(clientCertificates === null ? {} : { ca: [...clientCertificates.ca] }) },
    });
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    throw new AltnameError(error.code, error.message.replace(/^serverContext: /, 'tls.'), { cause: error });
  }
}
