import type { Socket } from 'node:net';
import { printable } from '@altname/core';
import type { ProxyConfig } from '../config/proxy-config.ts';
import type { PassthroughCounts } from '../metrics/passthrough-counts.ts';
import type { HandshakeRoutes } from '../passthrough/handshake-routes.ts';
import { openPassage, type PassageEnd } from '../passthrough/passage.ts';
import type { TcpUpstreamConfig } from '../passthrough/tcp-upstream.ts';
import { makeId } from '../request-id.ts';
import type { ClientHello } from './client-hello.ts';
import { HeldOctets } from './held-octets.ts';
import { HelloReader } from './hello-reader.ts';
import { endpointsOf, peerOf, tellPeer } from './peer.ts';
import { proxyHeader } from './proxy-header.ts';
import { readProxyHeader } from './read-proxy-header.ts';
import { alertRecord, alerts, type Alert } from './tls-alert.ts';

/** What holds for connections that come now. */
export interface IntakeSetup {
  readonly config: ProxyConfig;
  /** Null where nothing is passed through. */
  readonly routes: HandshakeRoutes | null;
  readonly upstreams: ReadonlyMap<string, TcpUpstream>;
  /** Gives a connection to the server that ends TLS, or speaks HTTP. */
  readonly handOn: (socket: Socket) => void;
  /** Null where nothing is counted. */
  readonly counts: PassthroughCounts | null;
}

/** An upstream of TCP, and how many connections to it there are. */
export interface TcpUpstream {
  readonly config: TcpUpstreamConfig;
  readonly open: { count: number };
}

/** Milliseconds in which a client that was refused may end its side, so that it sees why, and no reset. */
const patience = 2000;

const nothing = { bytesUp: 0, bytesDown: 0 } as const;

const plainHttpText = '400 Bad Request\nthis port speaks TLS alone\n';

/** RFC 9110 §15.5.1. Nothing of the request is read. */
const plainHttpAnswer = [
  'HTTP/1.1 400 Bad Request',
  'content-type: text/plain; charset=utf-8',
  `content-length: ${plainHttpText.length}`,
  'connection: close',
  '',
  plainHttpText,
].join('\r\n');

/** A connection that came, until it is known what becomes of it. */
export class Arrival {
  readonly #setup: IntakeSetup;
  readonly #socket: Socket;
  readonly #held = new HeldOctets();
  readonly #began = performance.now();
  readonly #late: NodeJS.Timeout;
  #reader: HelloReader | null = null;
  #awaitsHeader = false;
  #client: string;
  #hello: ClientHello | null = null;

  constructor(setup: IntakeSetup, socket: Socket) {
    this.#setup = setup;
    this.#socket = socket;
    // It costs a call of the system, and is for the record alone.
    this.#client = setup.config.onConnection === null ? '' : peerOf(socket);
    this.#late = setTimeout(() => this.#refuse(null, 'it did not begin in time'), setup.config.timeouts.head);
  }

  /** @param awaitsHeader whether it has to begin with a header of the PROXY protocol */
  begin(awaitsHeader: boolean): void {
    this.#awaitsHeader = awaitsHeader;
    const leave = this.#leave;
    this.#socket.on('data', this.#take).on('end', leave).on('error', leave).on('close', leave);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#held.add(chunk);
    if (this.#awaitsHeader) {
      const header = readProxyHeader(this.#held.octets);
      if (header === null) return;
      if (typeof header === 'string') {
        // The specification knows no answer: whoever sends none is not who it is taken for.
        this.#refuse(null, header);
        return;
      }
      this.#awaitsHeader = false;
      this.#held.drop(header.length);
      if (header.endpoints !== null) {
        tellPeer(this.#socket, header.endpoints);
        this.#client = header.endpoints.source.address;
      }
    }
    if (this.#setup.routes === null) this.#handOn();
    else if (this.#held.octets.length > 0) this.#readHello(this.#setup.routes);
  };

  readonly #leave = (): void => {
    this.#release();
    this.#socket.on('error', () => {}).destroy();
    // Whoever only looks whether somebody listens is not told of.
    if (this.#held.octets.length === 0) return;
    const problem = 'the client went away in the middle of its beginning';
    this.#setup.counts?.refused(null, problem);
    this.#record(null, problem);
  };

  #readHello(routes: HandshakeRoutes): void {
    const hello = (this.#reader ??= new HelloReader(this.#held)).read();
    if (hello === null) return;
    if ('isPlainHttp' in hello) {
      this.#refuse(null, 'plain HTTP where TLS is expected', plainHttpAnswer);
    } else if ('alert' in hello) {
      this.#refuse(hello.alert, hello.problem);
    } else {
      this.#hello = hello;
      this.#route(hello, routes);
    }
  }

  /**
   * | server name                | a route is for it | TLS ends here, too | result                                   |
   * |----------------------------|-------------------|--------------------|------------------------------------------|
   * | a name, or none            | yes               |                    | that route                               |
   * | a name, or none            | no                | yes                | TLS ends here, and says what it says     |
   * | a name                     | no                | no                 | unrecognized_name (112), RFC 6066 §3     |
   * | none                       | no                | no                 | missing_extension (109), RFC 8446 §9.2   |
   * | what is no DNS name        | none can be       | no                 | unrecognized_name                        |
   */
  #route({ serverName, hasServerName }: ClientHello, routes: HandshakeRoutes): void {
    const isUnusable = hasServerName && serverName === null;
    const to = isUnusable ? undefined : routes.find(serverName);
    const upstream = typeof to === 'string' ? this.#setup.upstreams.get(to) : undefined;
    if (upstream !== undefined) this.#pass(upstream);
    else if (this.#setup.config.tls !== null) this.#handOn();
    else if (hasServerName) this.#refuse(alerts.unrecognizedName, 'no route');
    else this.#refuse(alerts.missingExtension, 'no server name');
  }

  /** What was read is put back, and the server does not learn that anybody was here before. */
  #handOn(): void {
    const socket = this.#socket;
    this.#release();
    const { octets } = this.#held;
    socket.pause();
    if (octets.length > 0) socket.unshift(octets);
    this.#setup.handOn(socket);
    // TLS reads what was put back by itself; HTTP waits for it to flow.
    if (this.#setup.config.tls === null) socket.resume();
  }

  #pass(upstream: TcpUpstream): void {
    const { config } = upstream;
    const { counts } = this.#setup;
    if (upstream.open.count >= config.connections) {
      this.#refuse(alerts.internalError, 'every connection of the upstream is taken', null, config.key);
      return;
    }
    upstream.open.count++;
    counts?.begin(config.key);
    this.#release();
    const connectionId = makeId();
    openPassage(this.#socket, config, {
      timeouts: this.#setup.config.timeouts,
      header: config.proxyProtocol === null ? null : this.#headerFor(config.proxyProtocol),
      first: this.#held.octets,
      fail: (error) => {
        upstream.open.count--;
        const code = error.code ?? null;
        counts?.end(config.key, nothing);
        counts?.refused(config.key, code ?? 'other');
        this.#setup.config.onFailure?.({
          time: new Date().toISOString(),
          requestId: connectionId,
          upstream: config.key,
          to: config.origin,
          status: 0,
          error: { code, message: error.message },
          diagnosis: null,
          fixes: [],
          repeated: 0,
        });
        this.#end(alertRecord(alerts.internalError));
        this.#record(config.key, code ?? 'upstream', alerts.internalError, connectionId);
      },
      end: (ended) => {
        upstream.open.count--;
        counts?.end(config.key, ended);
        this.#record(config.key, ended.problem, null, connectionId, ended);
      },
    });
  }

  /** The protocol is told where the client offers one alone: what is chosen among several is not known here. */
  #headerFor(version: 'v1' | 'v2'): Buffer {
    const { serverName = null, protocols = [] } = this.#hello ?? {};
    const [protocol, ...others] = protocols;
    return proxyHeader(version, endpointsOf(this.#socket), {
      ...(protocol === undefined || others.length > 0 ? {} : { protocol }),
      ...(serverName === null ? {} : { authority: serverName }),
    });
  }

  /** @param full the upstream that it was for, where that has no room */
  #refuse(
    alert: Alert | null,
    problem: string,
    answer: string | null = null,
    full: string | null = null,
  ): void {
    this.#release();
    this.#setup.counts?.refused(full, problem);
    if (alert === null && answer === null) this.#socket.on('error', () => {}).destroy();
    else this.#end(alert === null ? (answer ?? '') : alertRecord(alert));
    this.#record(null, problem, alert);
  }

  #end(answer: Buffer | string): void {
    const socket = this.#socket;
    const late = setTimeout(() => socket.destroy(), patience);
    socket.once('close', () => clearTimeout(late)).on('error', () => {});
    socket.resume().end(answer);
  }

  #release(): void {
    clearTimeout(this.#late);
    const socket = this.#socket;
    socket
      .off('data', this.#take)
      .off('end', this.#leave)
      .off('error', this.#leave)
      .off('close', this.#leave);
  }

  #record(
    upstream: string | null,
    problem: string | null,
    alert: Alert | null = null,
    connectionId: string = makeId(),
    { bytesUp, bytesDown }: Pick<PassageEnd, 'bytesUp' | 'bytesDown'> = nothing,
  ): void {
    const { onConnection } = this.#setup.config;
    if (onConnection === null) return;
    const ms = performance.now() - this.#began;
    onConnection({
      time: new Date(Date.now() - ms).toISOString(),
      connectionId,
      client: this.#client,
      serverName: this.#hello?.serverName ?? null,
      alpn: (this.#hello?.protocols ?? []).slice(0, 20).map((name) => printable(name, 40)),
      ech: this.#hello?.hasEch ?? false,
      protocol: 'TLS',
      upstream,
      bytesUp,
      bytesDown,
      ms: Math.round(ms * 10) / 10,
      alert,
      problem,
    });
  }
}
