import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AltnameError } from '@altname/core';
import { readProxyConfig, type ProxyConfig, type ProxyOptions } from './config/proxy-config.ts';
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
  #front: FrontServer | null = null;
  #closed: Promise<void> | null = null;

  constructor(config: ProxyConfig) {
    this.config = config;
    this.#upstreams = new Map(
      config.upstreams.map((each) => [each.key, new Upstream(each, config.timeouts)]),
    );
    this.#desk = new FrontDesk(config, this.#upstreams);
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
    this.#front = await makeFrontServer(this.config);
    const { server, release } = this.#front;
    this.#desk.serve(this.#front);
    server.listen(this.config.listen);
    try {
      await once(server, 'listening');
    } catch (error) {
      release();
      const { code } = error as NodeJS.ErrnoException;
      const { host = '*', port } = this.config.listen;
      const why = reasons[code ?? ''] ?? `the system refuses (${code ?? (error as Error).message})`;
      throw new AltnameError('ALTNAME_BAD_OPTION', `listen ${host}:${port}: ${why}`, { cause: error });
    }
    return server.address() as AddressInfo;
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

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'it is no address of this machine',
};
