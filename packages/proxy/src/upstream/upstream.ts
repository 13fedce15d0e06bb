import { undiciConnect } from '@altname/client';
import { Pool, type Dispatcher } from 'undici';
import type { TimeoutOptions } from '../config/proxy-config.ts';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { UpstreamCounts } from '../metrics/upstream-counts.ts';
import { UpstreamFailures } from './upstream-failures.ts';

/** What a request needs of an upstream. `servername` is read by undici and missing from its types. */
type UpstreamRequest = Pick<Dispatcher.DispatchOptions, 'path' | 'method' | 'body' | 'headers' | 'upgrade'>;

/** A server that requests are handed on to, with its connections. */
export class Upstream {
  readonly config: UpstreamConfig;
  readonly failures: UpstreamFailures;
  readonly #pool: Pool;
  readonly #key: string;
  #taken = 0;
  #whenUnused: (() => void) | null = null;

  constructor(
    config: UpstreamConfig,
    timeouts: Readonly<Required<TimeoutOptions>>,
    counts: UpstreamCounts | null = null,
  ) {
    this.config = config;
    this.failures = new UpstreamFailures(config);
    // undici takes a server name from the Host header where it is told none, and ends a connection when it changes. The
    // connector of a connection does not ask for it, so that this is a key, the same for every request.
    this.#key = config.connection.name;
    const connect = undiciConnect(config.connection);
    this.#pool = new Pool(config.origin, {
      connect: counts === null ? connect : counts.watch(connect),
      pipelining: 1,
      headersTimeout: timeouts.answer,
      bodyTimeout: timeouts.idle,
    });
  }

  /** Takes one of the connections that are allowed at once; false when none is left. */
  take(): boolean {
    if (this.#taken >= this.config.connections) return false;
    this.#taken++;
    return true;
  }

  /** Gives it back. */
  release(): void {
    this.#taken--;
    if (this.#taken === 0) this.#whenUnused?.();
  }

  /** It is in no configuration any more: its connections end with the last request that was handed on to it. */
  async retire(): Promise<void> {
    if (this.#taken > 0) await new Promise<void>((resolve) => (this.#whenUnused = resolve));
    await this.destroy();
  }

  dispatch(request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    const options = { ...request, servername: this.#key };
    this.#pool.dispatch(options, handler);
  }

  /** Ends every connection. */
  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}
