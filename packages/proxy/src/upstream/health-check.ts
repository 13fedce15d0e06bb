import type { Health } from '../config/health-options.ts';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { HealthResult, UpstreamCounts } from '../metrics/upstream-counts.ts';
import type { UpstreamHandler } from './transport.ts';
import type { UpstreamServer } from './upstream-server.ts';

/** Octets of an answer that are read, so that its connection can be used again; one that is longer is bad. */
const mostOctets = 1_048_576;

/** Asks one server again and again whether it is well, on the connections that requests go on, verified as they are. */
export class HealthCheck {
  readonly #server: UpstreamServer;
  readonly #upstream: UpstreamConfig;
  readonly #health: Health;
  readonly #counts: UpstreamCounts | null;
  #next: NodeJS.Timeout | null = null;
  #good = 0;
  #bad = 0;
  #isStopped = false;

  constructor(
    server: UpstreamServer,
    upstream: UpstreamConfig,
    health: Health,
    counts: UpstreamCounts | null,
  ) {
    this.#server = server;
    this.#upstream = upstream;
    this.#health = health;
    this.#counts = counts;
    // The first ones of all servers do not fall together, and come soon.
    this.#later(Math.random() * Math.min(this.#health.interval, 1000));
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#next !== null) clearTimeout(this.#next);
  }

  #later(ms: number): void {
    if (this.#isStopped) return;
    this.#next = setTimeout(() => {
      ask(this.#server, this.#upstream, this.#health, (result) => this.#take(result));
    }, ms);
    this.#next.unref();
  }

  #take(result: HealthResult): void {
    if (this.#isStopped) return;
    this.#counts?.checks.add(result);
    const isGood = result === 'good';
    const { healthy, unhealthy, interval } = this.#health;
    this.#good = isGood ? this.#good + 1 : 0;
    this.#bad = isGood ? 0 : this.#bad + 1;
    if (this.#bad >= unhealthy) this.#server.standing.setDown(true);
    else if (this.#good >= healthy) this.#server.standing.setDown(false);
    this.#later(interval * (0.9 + Math.random() * 0.2));
  }
}

/** @param done called once, in `health.timeout` at the latest */
function ask(
  server: UpstreamServer,
  { host }: UpstreamConfig,
  { path, timeout, status }: Health,
  done: (result: HealthResult) => void,
): void {
  let [isOver, isGood, octets] = [false, false, 0];
  let abort: (() => void) | null = null;
  const end = (result: HealthResult): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(late);
    done(result);
  };
  const giveUp = (result: HealthResult): void => {
    end(result);
    abort?.();
  };
  const late = setTimeout(() => giveUp('too_late'), timeout).unref();
  const handler: UpstreamHandler = {
    onConnect(given) {
      abort = given;
      if (isOver) given();
    },
    onHeaders(found) {
      if (found >= 200) isGood = status === null ? found < 300 : status.includes(found);
      return true;
    },
    onData(chunk) {
      octets += chunk.length;
      if (octets > mostOctets) giveUp('too_long');
      return true;
    },
    onComplete: () => end(isGood ? 'good' : 'bad_status'),
    onError: () => end('no_answer'),
  };
  const authority = typeof host === 'string' ? server.config.authority : host.value;
  const headers = ['host', authority, 'user-agent', 'altname-health'];
  server.transport.dispatch({ method: 'GET', path, headers, body: null }, handler);
}
