import type { Server, Socket } from 'node:net';
import { unmapped } from '../config/trust-list.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import type { PassthroughCounts } from '../metrics/passthrough-counts.ts';
import { HandshakeRoutes } from '../passthrough/handshake-routes.ts';
import { Arrival, type IntakeSetup, type TcpUpstream } from './arrival.ts';

type Listener = (socket: Socket) => void;

/**
 * Stands between a server and the connections that it accepts: for headers of the PROXY protocol, and for what is passed
 * through. Where neither is configured it is not there: the server takes its connections as it always does.
 */
export class Intake {
  readonly #server: Server;
  /** What Node's server does itself with a connection. */
  readonly #own: readonly Listener[];
  readonly #counts: PassthroughCounts | null;
  #setup: IntakeSetup | null = null;

  /** @param server nobody else listens to its connections yet */
  constructor(server: Server, counts: PassthroughCounts | null) {
    this.#server = server;
    this.#counts = counts;
    this.#own = server.listeners('connection') as Listener[];
  }

  /** Puts a configuration in force, for connections that come from now on. */
  use(config: ProxyConfig): void {
    const before = this.#setup;
    const { proxyProtocol, handshakeRoutes } = config;
    const isNeeded = proxyProtocol !== null || handshakeRoutes.length > 0;
    this.#setup = !isNeeded
      ? null
      : {
          config,
          routes: handshakeRoutes.length === 0 ? null : new HandshakeRoutes(handshakeRoutes),
          upstreams: new Map(config.tcpUpstreams.map((each) => [each.key, upstreamFor(each, before)])),
          handOn: this.#handOn,
          counts: this.#counts,
        };
    if ((before === null) === (this.#setup === null)) return;
    // Others that listen, such as those that count, hear of every connection either way.
    const [gone, come] = isNeeded ? [this.#own, [this.#take]] : [[this.#take], this.#own];
    for (const listener of gone) this.#server.off('connection', listener);
    for (const listener of come.toReversed()) this.#server.prependListener('connection', listener);
  }

  readonly #take = (socket: Socket): void => {
    const setup = this.#setup;
    if (setup === null) return;
    const { proxyProtocol } = setup.config;
    const awaitsHeader = proxyProtocol !== null && proxyProtocol.has(unmapped(socket.remoteAddress ?? ''));
    if (awaitsHeader || setup.routes !== null) new Arrival(setup, socket).begin(awaitsHeader);
    else this.#handOn(socket);
  };

  readonly #handOn = (socket: Socket): void => {
    for (const listener of this.#own) listener.call(this.#server, socket);
  };
}

/** Connections to an upstream are counted across a change of the configuration. */
function upstreamFor(config: TcpUpstream['config'], before: IntakeSetup | null): TcpUpstream {
  return { config, open: before?.upstreams.get(config.key)?.open ?? { count: 0 } };
}
