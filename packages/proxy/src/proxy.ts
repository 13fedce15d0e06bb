import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AltnameError } from '@altname/core';
import { readProxyConfig, type ProxyConfig, type ProxyOptions } from './config/proxy-config.ts';
import { AdminServer } from './admin/admin-server.ts';
import { listenFault } from './config/listen-fault.ts';
import { ProcessMetrics } from './metrics/exposition.ts';
import type { Metric } from './metrics/metric.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { FrontDesk } from './front/front-desk.ts';
import { makeFrontServer, type FrontServer } from './front/front-server.ts';
import { Upstream } from './upstream/upstream.ts';

/**
 * A reverse proxy. What it sends and checks as names of an upstream comes from the configuration alone, never from a
 * client; verification is always on.
 *
 * ```js
 * const proxy = createProxy({
 *   listen: 8080,
 *   upstreams: { api: { to: 'https://10.0.0.5', name: 'api.example.com', ca: { file: 'ca.pem' } } },
 * });
 * await proxy.listen();
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function createProxy(options: ProxyOptions): Proxy {
  return new Proxy(readProxyConfig(options));
}

/** Made by {@link createProxy}. */
export class Proxy {
  readonly config: ProxyConfig;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  readonly #desk: FrontDesk;
  readonly #metrics: ProxyMetrics | null;
  readonly #process = new ProcessMetrics();
  #admin: AdminServer | null = null;
  #isListening = false;
  #front: FrontServer | null = null;
  #closed: Promise<void> | null = null;

  constructor(config: ProxyConfig) {
    this.config = config;
    this.#metrics = config.admin === null ? null : new ProxyMetrics();
    this.#upstreams = new Map(
      config.upstreams.map((each) => [
        each.key,
        new Upstream(each, config.timeouts, this.#metrics?.upstream(each.key) ?? null),
      ]),
    );
    this.#desk = new FrontDesk(config, this.#upstreams, this.#metrics);
  }

  /**
   * Begins to serve.
   *
   * @returns where it listens
   * @throws {AltnameError} what the certificates in front throw; `ALTNAME_BAD_OPTION` for a second call, and when the
   *   system does not let it listen.
   */
  async listen(): Promise<AddressInfo> {
    if (this.#front !== null || this.#closed !== null) {
      throw new AltnameError('ALTNAME_BAD_OPTION', 'listen: a proxy listens once');
    }
    await this.#openAdmin();
    this.#front = await makeFrontServer(this.config);
    this.#metrics?.front.attach(this.#front);
    const { server, release } = this.#front;
    this.#desk.serve(this.#front);
    server.listen(this.config.listen);
    try {
      await once(server, 'listening');
    } catch (error) {
      release();
      throw listenFault('listen', this.config.listen, error as NodeJS.ErrnoException);
    }
    this.#isListening = true;
    return server.address() as AddressInfo;
  }

  /** Where health and metrics are served; null when `admin.listen` is not given, or it does not listen yet. */
  get adminAddress(): AddressInfo | null {
    return this.#admin?.address ?? null;
  }

  /** Why no request should be sent here now, in a line; null when it listens and has what it needs. */
  unready(): string | null {
    if (this.#closed !== null) return 'draining: no more connections are taken';
    if (!this.#isListening || this.#front === null) return 'not listening yet';
    if (this.config.tls !== null && this.#front.certificates().length === 0)
      return 'no certificate is loaded';
    return null;
  }

  /**
   * What was counted, and what is known of this process, as plain data: {@link formatMetrics} adds up those of several
   * processes. Empty without `admin`.
   */
  async metrics(): Promise<Metric[]> {
    return this.#metrics === null ? [] : [...this.#metrics.read(), ...(await this.#process.read())];
  }

  async #openAdmin(): Promise<void> {
    const address = this.config.admin?.listen ?? null;
    if (address === null) return;
    this.#admin = new AdminServer({
      unready: () => this.unready(),
      metrics: async () => [await this.metrics()],
    });
    await this.#admin.listen(address);
  }

  /** Takes no more connections, lets what is under way end for `timeouts.drain`, then ends the rest. */
  async close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    this.#desk.drain();
    if (this.#front !== null) await this.#endFront(this.#front);
    await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.destroy()));
    await this.#admin?.close();
  }

  async #endFront({ server, connections, sessions, release }: FrontServer): Promise<void> {
    release();
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    (server as { closeIdleConnections?: () => void }).closeIdleConnections?.();
    // RFC 9113 §6.8: GOAWAY, and what was begun goes on.
    for (const session of sessions) session.close();
    const late = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, this.config.timeouts.drain);
    await closed;
    clearTimeout(late);
  }
}
