import type { TimeoutOptions } from '../config/proxy-config.ts';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { UpstreamCounts } from '../metrics/upstream-counts.ts';
import { Attempts } from './attempts.ts';
import { HealthCheck } from './health-check.ts';
import { RetryBudget } from './retry-budget.ts';
import type { UpstreamHandler, UpstreamRequest } from './transport.ts';
import { UpstreamFailures } from './upstream-failures.ts';
import { UpstreamServer, type ServerState } from './upstream-server.ts';

/** How the servers of one upstream stand. */
export interface UpstreamState {
  /** Its key in the configuration. */
  readonly key: string;
  readonly servers: readonly ServerState[];
}

/** Servers that are alike, and that requests are handed on to. */
export class Upstream {
  readonly config: UpstreamConfig;
  readonly failures: UpstreamFailures;
  /** Null where nothing is counted. */
  readonly counts: UpstreamCounts | null;
  readonly budget: RetryBudget = new RetryBudget();
  readonly #servers: readonly UpstreamServer[];
  readonly #checks: readonly HealthCheck[];
  #next = 0;
  #taken = 0;
  #whenUnused: (() => void) | null = null;

  constructor(
    config: UpstreamConfig,
    timeouts: Readonly<Required<TimeoutOptions>>,
    counts: UpstreamCounts | null = null,
  ) {
    this.config = config;
    this.counts = counts;
    this.failures = new UpstreamFailures(config);
    this.#servers = config.servers.map((server) => new UpstreamServer(server, config, timeouts, counts));
    const { health } = config;
    if (health !== null) counts?.expectChecks();
    this.#checks =
      health === null ? [] : this.#servers.map((each) => new HealthCheck(each, config, health, counts));
  }

  /** Takes room for one request; false when no server has any. */
  take(): boolean {
    if (this.choose(none) === null) return false;
    this.#taken++;
    return true;
  }

  /** The request is over, for the client, too. */
  release(): void {
    this.budget.earn();
    this.#taken--;
    if (this.#taken === 0) this.#whenUnused?.();
  }

  /** It is in no configuration any more: its connections end with the last request that was handed on to it. */
  async retire(): Promise<void> {
    for (const check of this.#checks) check.stop();
    if (this.#taken > 0) await new Promise<void>((resolve) => (this.#whenUnused = resolve));
    await this.destroy();
  }

  /** Hands a request on; right after `take`. */
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    const server = this.choose(none);
    if (server === null) throw new Error('a request for which there is no room');
    this.#next++;
    new Attempts(this, server, request, handler).start();
  }

  /**
   * The server with the least requests under way; in turns among equals. Where all are down or left out, all are asked:
   * one of them may be well, and none is no answer at all.
   *
   * @param tried those that are not asked once more
   * @returns null when all others are full
   */
  choose(tried: readonly UpstreamServer[]): UpstreamServer | null {
    const servers = this.#servers;
    const [only] = servers;
    if (servers.length === 1 && only !== undefined) {
      return only.underWay < this.config.connections && !tried.includes(only) ? only : null;
    }
    const isAnyUp = servers.length > 1 && servers.some(({ standing }) => standing.isUp);
    let best: UpstreamServer | null = null;
    for (let at = 0; at < servers.length; at++) {
      const server = servers[(at + this.#next) % servers.length];
      if (server === undefined || server.underWay >= (best?.underWay ?? this.config.connections)) continue;
      if ((isAnyUp && !server.standing.isUp) || tried.includes(server)) continue;
      best = server;
    }
    return best;
  }

  /** A server failed a request: with an error, or with a status. */
  failed(server: UpstreamServer, error: Error | null): void {
    if (error !== null) this.failures.note(error, server.config);
    const isOut = server.standing.fail(() => {
      const ejected = this.#servers.filter(({ standing }) => standing.name === 'ejected').length;
      return (ejected + 1) * 100 <= this.#servers.length * (this.config.ejection?.most ?? 0);
    });
    if (isOut && this.counts !== null) this.counts.ejections++;
  }

  /** Whether a server is neither down nor left out. */
  get isUp(): boolean {
    return this.#servers.some(({ standing }) => standing.isUp);
  }

  get state(): UpstreamState {
    return { key: this.config.key, servers: this.#servers.map(({ state }) => state) };
  }

  /** Ends every connection. */
  async destroy(): Promise<void> {
    for (const check of this.#checks) check.stop();
    await Promise.all(this.#servers.map(({ transport }) => transport.destroy()));
  }
}

const none: readonly UpstreamServer[] = [];
