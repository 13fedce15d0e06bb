import { createRequire } from 'node:module';
import type { Route } from '../config/routes.ts';
import type { ServerState } from '../upstream/upstream-server.ts';
import type { UpstreamState } from '../upstream/upstream.ts';
import { FrontCounts } from './front-counts.ts';
import { counter, gauge, type Metric, type MetricValue } from './metric.ts';
import { PassthroughCounts } from './passthrough-counts.ts';
import { RouteCounts } from './route-counts.ts';
import { Tally } from './tally.ts';
import { UpstreamCounts } from './upstream-counts.ts';

/**
 * What is counted of a proxy. Labels come from the configuration and from fixed sets, never from a client; counts are
 * kept over a reload.
 */
export class ProxyMetrics {
  readonly front: FrontCounts = new FrontCounts();
  readonly passthrough: PassthroughCounts = new PassthroughCounts();
  readonly #routes = new Map<string, RouteCounts>();
  readonly #byRoute = new WeakMap<Route, RouteCounts>();
  readonly #upstreams = new Map<string, UpstreamCounts>();
  readonly #refusals = new Tally('code', 'reason');
  readonly #reloads = new Tally('result');
  #lastReload = 0;

  /** The counts of a route. */
  of(route: Route): RouteCounts {
    let counts = this.#byRoute.get(route);
    if (counts !== undefined) return counts;
    const labels = { upstream: route.to, route: `${route.host ?? ''}${route.path || '/'}` };
    const key = `${labels.upstream} ${labels.route}`;
    counts = this.#routes.get(key) ?? new RouteCounts(labels);
    this.#routes.set(key, counts);
    this.#byRoute.set(route, counts);
    return counts;
  }

  /** The counts of the upstream with this key. */
  upstream(key: string): UpstreamCounts {
    const counts = this.#upstreams.get(key) ?? new UpstreamCounts();
    this.#upstreams.set(key, counts);
    return counts;
  }

  /** The proxy answered by itself. @param reason as the access record says it: of the code, not of a client */
  refused(status: number, reason: string): void {
    this.#refusals.add(String(status), reason);
  }

  /** A configuration was read again. */
  reloaded(isGood: boolean): void {
    this.#reloads.add(isGood ? 'success' : 'failure');
    if (isGood) this.#lastReload = Date.now();
  }

  /** @param upstreamStates of the upstreams of now */
  read(upstreamStates: readonly UpstreamState[]): Metric[] {
    const routes = [...this.#routes.values()];
    const upstreams = [...this.#upstreams];
    const { received, sent } = this.front.octets();
    const duration = `${prefix}request_duration_seconds`;
    return [
      gauge(
        `${prefix}build_info`,
        'Always 1.',
        [{ value: 1, labels: { version, node: process.version } }],
        'first',
      ),
      counter(
        `${prefix}requests_total`,
        'Requests that were handed on to an upstream, by the code that the client got; none when it went away before.',
        routes.flatMap((each) => each.requests()),
      ),
      {
        name: duration,
        help: 'From the head of a request to the end of its answer.',
        type: 'histogram',
        aggregator: 'sum',
        values: routes.flatMap((each) => each.durations(duration)),
      },
      gauge(
        `${prefix}requests_under_way`,
        'Requests whose answer is not over.',
        routes.map((each) => each.underWay()),
      ),
      counter(
        `${prefix}request_body_bytes_total`,
        'Octets of bodies of requests that were taken.',
        routes.map((each) => each.received()),
      ),
      counter(
        `${prefix}response_body_bytes_total`,
        'Octets of bodies of answers, and of both ways after an upgrade.',
        routes.map((each) => each.sent()),
      ),
      counter(
        `${prefix}refusals_total`,
        'Requests that the proxy answered by itself, before any upstream.',
        this.#refusals.read(),
      ),
      counter(
        `${prefix}unreadable_requests_total`,
        'Requests that could not be read, by the code of the parser.',
        this.front.unreadable.read(),
      ),
      counter(`${prefix}front_connections_total`, 'Connections that were taken.', [
        { value: this.front.taken, labels: {} },
      ]),
      gauge(`${prefix}front_connections_open`, 'Connections that are open.', this.front.open()),
      counter(`${prefix}front_received_bytes_total`, 'Octets from clients, as they came over the wire.', [
        { value: received, labels: {} },
      ]),
      counter(`${prefix}front_sent_bytes_total`, 'Octets to clients, as they went over the wire.', [
        { value: sent, labels: {} },
      ]),
      counter(`${prefix}front_handshakes_total`, 'Handshakes with clients.', this.front.handshakes.read()),
      counter(
        `${prefix}front_handshake_failures_total`,
        'Handshakes with clients that failed, by the code of the error.',
        this.front.failures.read(),
      ),
      counter(
        `${prefix}upstream_handshakes_total`,
        'Connections to upstreams that were begun: accepted when TLS stands and the certificate is verified.',
        upstreams.flatMap(([key, each]) => withUpstream(key, each.handshakes.read())),
      ),
      counter(
        `${prefix}upstream_handshake_failures_total`,
        'Those that failed, by the cause that the diagnosis finds, or the code of the error when TLS was not reached.',
        upstreams.flatMap(([key, each]) => withUpstream(key, each.failures.read())),
      ),
      gauge(
        `${prefix}upstream_server_state`,
        'Whether a server is up, ejected (its answers failed) or down (its health checks fail): 1 or 0; with workers, how many see it so.',
        upstreamStates.flatMap(({ key, servers }) => servers.flatMap((server) => stateValues(key, server))),
      ),
      counter(
        `${prefix}upstream_ejections_total`,
        'How often a server was left out as its answers failed.',
        upstreams.map(([key, { ejections }]) => ({ value: ejections, labels: { upstream: key } })),
      ),
      counter(
        `${prefix}upstream_retries_total`,
        'Requests that were tried once more: nothing had been sent, the peer refused the stream, or the connection ended.',
        upstreams.flatMap(([key, each]) => withUpstream(key, each.retries())),
      ),
      counter(
        `${prefix}upstream_retries_withheld_total`,
        'Requests that were not tried once more, though it was safe, as there were too many of these.',
        upstreams.map(([key, { withheld }]) => ({ value: withheld, labels: { upstream: key } })),
      ),
      counter(
        `${prefix}upstream_health_checks_total`,
        'Health checks, by what came of them.',
        upstreams.flatMap(([key, each]) => withUpstream(key, each.checks.read())),
      ),
      gauge(
        `${prefix}passthrough_connections_open`,
        'Connections that are passed through now.',
        this.passthrough.open(),
      ),
      counter(
        `${prefix}passthrough_connections_total`,
        'Connections that were for an upstream, whether it was reached or not.',
        this.passthrough.total(),
      ),
      counter(
        `${prefix}passthrough_refusals_total`,
        'Connections that were ended before TLS, by the reason, or the code of the error where an upstream was not reached.',
        this.passthrough.refusals.read(),
      ),
      counter(
        `${prefix}passthrough_received_bytes_total`,
        'Octets that went to upstreams on connections that are over.',
        this.passthrough.received(),
      ),
      counter(
        `${prefix}passthrough_sent_bytes_total`,
        'Octets that came back on them.',
        this.passthrough.sent(),
      ),
      gauge(
        `${prefix}certificate_not_after_timestamp_seconds`,
        'When a certificate that clients are shown ends.',
        this.front.certificates(),
        'max',
      ),
      gauge(
        `${prefix}upstream_certificate_not_after_timestamp_seconds`,
        'When the certificate ends that an upstream showed last.',
        upstreams.flatMap(([key, { certificate }]) => {
          const ends = certificate?.notAfter ?? null;
          return ends === null ? [] : [{ value: ends.getTime() / 1000, labels: { upstream: key } }];
        }),
        'min',
      ),
      counter(`${prefix}reloads_total`, 'Configurations that were read again.', this.#reloads.read()),
      gauge(
        `${prefix}last_reload_timestamp_seconds`,
        'When the configuration in use was read again; 0 when it is the first.',
        [{ value: this.#lastReload / 1000, labels: {} }],
        'min',
      ),
    ];
  }
}

const states: readonly ServerState['state'][] = ['up', 'ejected', 'down'];
const prefix = 'altname_proxy_';
const { version } = createRequire(import.meta.url)('@altname/proxy/package.json') as { version: string };

function stateValues(upstream: string, { to, name, state }: ServerState): MetricValue[] {
  return states.map((each) => ({
    value: each === state ? 1 : 0,
    labels: { upstream, server: to, name: name ?? '', state: each },
  }));
}

function withUpstream(upstream: string, values: readonly MetricValue[]): MetricValue[] {
  return values.map(({ value, labels }) => ({ value, labels: { upstream, ...labels } }));
}
