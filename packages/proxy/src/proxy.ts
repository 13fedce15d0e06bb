import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AltnameError } from '@altname/core';
import { AdminServer } from './admin/admin-server.ts';
import { fault } from './config/fault.ts';
import { listenFault, listenText } from './config/listen-fault.ts';
import { readProxyConfig, type ProxyConfig, type ProxyOptions } from './config/proxy-config.ts';
import { FrontDesk } from './front/front-desk.ts';
import { makeFrontServer, type FrontServer } from './front/front-server.ts';
import { ProcessMetrics } from './metrics/exposition.ts';
import type { Metric } from './metrics/metric.ts';
import { goneUpstreams, isAlike, makeSetup, type Setup } from './setup.ts';
import type { UpstreamState } from './upstream/upstream.ts';

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

/**
 * Whether a proxy could be made of these options, and serve: everything is read that is in files, and nothing is asked
 * over the network. The certificate for development is not made.
 *
 * @throws {AltnameError} what {@link createProxy} and {@link Proxy.listen} throw, but for where it is to listen
 */
export async function testProxy(options: ProxyOptions): Promise<void> {
  const config = readProxyConfig(options);
  if (config.tls?.kind !== 'development') (await makeFrontServer(config, null)).release();
}

/** Made by {@link createProxy}. */
export class Proxy {
  readonly #process = new ProcessMetrics();
  #setup: Setup;
  #admin: AdminServer | null = null;
  #isListening = false;
  #front: Front | null = null;
  #reloading: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;
  /** What ends with the last request that is on it: upstreams and listeners of configurations before. */
  readonly #ending = new Set<Promise<void>>();

  constructor(config: ProxyConfig) {
    this.#setup = makeSetup(config, null);
  }

  /** What holds for the requests that begin now. */
  get config(): ProxyConfig {
    return this.#setup.config;
  }

  /** How the servers of each upstream stand. */
  get upstreams(): readonly UpstreamState[] {
    return [...this.#setup.upstreams.values()].map(({ state }) => state);
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
    this.#front = await makeFront(this.#setup);
    await listenOn(this.#front, this.#setup);
    this.#isListening = true;
    return addressOf(this.#front);
  }

  /**
   * Puts another configuration in place of this one, whole, and loses no request: those that begin from then on are
   * under the new one, those under way end with what they began with.
   *
   * | part                       | what becomes of it                                                            |
   * |----------------------------|-------------------------------------------------------------------------------|
   * | an upstream that is alike  | kept, with its connections                                                    |
   * | another, or gone           | its connections end with its last request                                     |
   * | certificates in front      | for handshakes that begin; connections that stand go on                       |
   * | `listen`                   | the new address is listened on first; then the old one takes no more          |
   *
   * Calls come into force in their order. What throws leaves everything as it was.
   *
   * @returns where it listens
   * @throws {AltnameError} as {@link createProxy} and {@link listen}; `ALTNAME_BAD_OPTION` for what only another process
   *   could take over, and for a proxy that does not listen.
   */
  async reload(options: ProxyOptions): Promise<AddressInfo> {
    const turn = this.#reloading.then(() => this.#replace(readProxyConfig(options)));
    this.#reloading = turn.then(
      () => this.#setup.metrics?.reloaded(true),
      () => this.#setup.metrics?.reloaded(false),
    );
    return turn;
  }

  /** Where health and metrics are served; null when `admin.listen` is not given, or it does not listen yet. */
  get adminAddress(): AddressInfo | null {
    return this.#admin?.address ?? null;
  }

  /**
   * Why no request should be sent here now, in a line; null when it listens, has a certificate that is not over where it
   * needs one, and of each upstream of a route a server is up.
   */
  unready(): string | null {
    if (this.#closed !== null) return 'draining: no more connections are taken';
    if (!this.#isListening || this.#front === null) return 'not listening yet';
    const { config, upstreams } = this.#setup;
    if (config.tls !== null) {
      const certificates = this.#front.certificates();
      if (certificates.length === 0) return 'no certificate is loaded';
      if (certificates.every(({ notAfter }) => notAfter.getTime() < Date.now()))
        return 'every certificate in front is over';
    }
    const out = config.routes.find(({ to }) => upstreams.get(to)?.isUp === false);
    return out === undefined ? null : `upstreams.${out.to}: no server is up`;
  }

  /**
   * What was counted, and what is known of this process, as plain data: {@link formatMetrics} adds up those of several
   * processes. Empty without `admin`.
   */
  async metrics(): Promise<Metric[]> {
    const { metrics } = this.#setup;
    return metrics === null ? [] : [...metrics.read(this.upstreams), ...(await this.#process.read())];
  }

  /** Takes no more connections, lets what is under way end for `timeouts.drain`, then ends the rest. */
  async close(): Promise<void> {
    this.#closed ??= this.#reloading.then(() => this.#drain());
    return this.#closed;
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

  async #replace(config: ProxyConfig): Promise<AddressInfo> {
    const [before, front] = [this.#setup, this.#front];
    if (front === null || !front.server.listening || this.#closed !== null) {
      throw new AltnameError('ALTNAME_BAD_OPTION', 'reload: it is for a proxy that listens');
    }
    if (!isAlike(config.admin, before.config.admin)) throw fault('admin', settled);
    const setup = makeSetup(config, before);
    try {
      if (isAlike(config.listen, before.config.listen)) {
        const renew = await front.renew(config);
        renew();
        front.desk.use(setup);
      } else {
        this.#front = await this.#move(front, setup);
      }
    } catch (error) {
      for (const upstream of goneUpstreams(setup, before)) void upstream.destroy();
      throw error;
    }
    this.#setup = setup;
    for (const upstream of goneUpstreams(before, setup)) this.#endLater(upstream.retire());
    return addressOf(this.#front ?? front);
  }

  /** Listens on another address, and ends the listener before. */
  async #move(from: Front, setup: Setup): Promise<Front> {
    const to = await makeFront(setup);
    const { listen } = setup.config;
    if (listen.port !== 0 && listen.port === addressOf(from).port) {
      to.release();
      const why = 'the proxy has this port now, on another address: choose another port, or start it anew';
      throw fault(`listen ${listenText(listen)}`, why);
    }
    await listenOn(to, setup);
    // What still comes on the old one is under the new configuration, too.
    from.desk.use(setup);
    this.#endLater(endFront(from, setup.config.timeouts.drain));
    return to;
  }

  #endLater(end: Promise<void>): void {
    const ending = end.finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #drain(): Promise<void> {
    if (this.#front !== null) await endFront(this.#front, this.config.timeouts.drain);
    await Promise.all([...this.#setup.upstreams.values()].map((upstream) => upstream.destroy()));
    await Promise.all(this.#ending);
    await this.#admin?.close();
  }
}

/** A server, and who reads its requests. */
interface Front extends FrontServer {
  readonly desk: FrontDesk;
}

async function makeFront(setup: Setup): Promise<Front> {
  const front = await makeFrontServer(setup.config, setup.metrics?.passthrough ?? null);
  const desk = new FrontDesk(setup);
  desk.serve(front);
  return { ...front, desk };
}

async function listenOn(front: Front, { config, metrics }: Setup): Promise<void> {
  const { server, release } = front;
  server.listen(config.listen);
  try {
    await once(server, 'listening');
  } catch (error) {
    release();
    throw listenFault('listen', config.listen, error as NodeJS.ErrnoException);
  }
  metrics?.front.attach(front);
  // A connection that the system could not hand over: the next one may come through.
  server.on('error', () => {});
}

function addressOf({ server }: FrontServer): AddressInfo {
  return server.address() as AddressInfo;
}

/** Takes no more connections, and lets what is under way end for so many milliseconds. */
async function endFront(
  { server, desk, connections, sessions, release }: Front,
  patience: number,
): Promise<void> {
  desk.drain();
  release();
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  (server as { closeIdleConnections?: () => void }).closeIdleConnections?.();
  // RFC 9113 §6.8: GOAWAY, and what was begun goes on.
  for (const session of sessions) session.close();
  const late = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, patience);
  await closed;
  clearTimeout(late);
}

const settled = 'it is settled at the start: start the proxy anew';
