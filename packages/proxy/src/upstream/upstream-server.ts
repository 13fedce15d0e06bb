import type { Connection } from '@altname/client';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { UpstreamCounts } from '../metrics/upstream-counts.ts';
import { ChosenTransport } from './chosen-transport.ts';
import { connectorOf, type Connector } from './connector.ts';
import { Http1Transport } from './http1-transport.ts';
import { Standing, type StandingName } from './standing.ts';
import { ToldTransport } from './told-transport.ts';
import { toldConnector } from './told-connector.ts';
import type { Transport, TransportTimes } from './transport.ts';

/** How one server stands, for metrics and for whoever asks whether the proxy is ready. */
export interface ServerState {
  /** Its URL. */
  readonly to: string;
  /** The name that its certificate has to carry; null for plain HTTP. */
  readonly name: string | null;
  readonly state: StandingName;
  /** Since when, ISO 8601 in UTC. */
  readonly since: string;
  /** Requests that it has not answered to the end. */
  readonly underWay: number;
  /** Failures since the proxy began: no connection, no answer, an answer that broke off, or a 5xx. */
  readonly failures: number;
}

/** One server of an upstream: its connections, and how it stands. */
export class UpstreamServer {
  readonly config: ServerConfig;
  readonly standing: Standing;
  readonly transport: Transport;
  /** Requests that were handed on and are not over. */
  underWay = 0;

  constructor(
    config: ServerConfig,
    upstream: UpstreamConfig,
    times: TransportTimes,
    counts: UpstreamCounts | null,
  ) {
    this.config = config;
    this.standing = new Standing(upstream.ejection);
    const { proxyProtocol } = upstream;
    this.transport =
      proxyProtocol === null
        ? makeTransport(config, upstream, times, (connection) =>
            connectorOf(config, connection, times.connect, counts),
          )
        : new ToldTransport(proxyProtocol, upstream.connections, (header) =>
            makeTransport(config, upstream, times, (connection) =>
              toldConnector(config, connection, header, times.connect, counts),
            ),
          );
  }

  get state(): ServerState {
    const { name: state, since, failures } = this.standing;
    const { origin, connection } = this.config;
    return { to: origin, name: connection?.name ?? null, state, since, underWay: this.underWay, failures };
  }
}

function makeTransport(
  server: ServerConfig,
  upstream: UpstreamConfig,
  times: TransportTimes,
  connect: (connection: Connection | null) => Connector,
): Transport {
  const http1 = connect(server.connection);
  if (upstream.protocol === 'http1') return new Http1Transport(server, upstream, times, http1);
  const http2 = connect(server.http2);
  return new ChosenTransport(server, upstream, times, { http1, http2 });
}
