import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { readAdmin, type AdminOptions } from '../config/admin-options.ts';
import { listenFault } from '../config/listen-fault.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import { formatMetrics, metricsType } from '../metrics/exposition.ts';
import type { Metric } from '../metrics/metric.ts';

/** Whom the port asks. */
export interface AdminSource {
  /** Why no request should be sent here now; null when all is well. */
  readonly unready: () => string | null | Promise<string | null>;
  /** What was counted, once for each process. */
  readonly metrics: () => Promise<readonly (readonly Metric[])[]>;
}

/**
 * Serves health and metrics of several proxies, such as those of workers.
 *
 * @param options what `createProxy` takes as `admin`
 * @returns null where no port is given
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the option is wrong, or the system does not let it listen.
 */
export async function openAdmin(
  options: AdminOptions | undefined,
  source: AdminSource,
): Promise<AdminServer | null> {
  const address = options === undefined ? null : readAdmin(options).listen;
  if (address === null) return null;
  const server = new AdminServer(source);
  await server.listen(address);
  return server;
}

/**
 * The port for those who run the proxy:
 *
 * | target       | answer                                                                    |
 * |--------------|---------------------------------------------------------------------------|
 * | `/-/healthy` | 200 while the process works                                               |
 * | `/-/ready`   | 200, or 503 with the reason in a line                                     |
 * | `/metrics`   | Prometheus's text format                                                  |
 *
 * GET and HEAD alone. On a loopback address a Host that is a name other than localhost is 421: it is a page in a
 * browser that had its name point here.
 */
export class AdminServer {
  readonly #source: AdminSource;
  readonly #server: Server;
  /** Several who ask at once get one answer. */
  #reading: Promise<string> | null = null;

  constructor(source: AdminSource) {
    this.#source = source;
    this.#server = createServer(
      { maxHeaderSize: 4096, headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.keepAliveTimeout = 5000;
    this.#server.maxConnections = 64;
    this.#server.maxRequestsPerSocket = 1000;
  }

  /** @throws {AltnameError} `ALTNAME_BAD_OPTION` when the system does not let it listen. */
  async listen(address: ListenAddress): Promise<void> {
    // In a worker of a cluster it would be the primary that listens.
    this.#server.listen({ ...address, exclusive: true });
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw listenFault('admin.listen', address, error as NodeJS.ErrnoException);
    }
    this.#server.on('error', () => {});
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    request.resume();
    const send = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
      response.end(text);
    };
    if (!isForHere(request)) return send(421, 'this port is asked by its address, or as localhost\n');
    const [target] = (request.url ?? '').split('?', 1);
    if (target !== '/metrics' && target !== '/-/ready' && target !== '/-/healthy')
      return send(404, 'not found\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(405, 'GET and HEAD are answered\n');
    }
    try {
      if (target === '/-/healthy') return send(200, 'healthy\n');
      if (target === '/metrics') return send(200, await this.#metrics(), metricsType);
      const reason = await this.#source.unready();
      return reason === null ? send(200, 'ready\n') : send(503, `${reason}\n`);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
      return send(500, 'this could not be found out\n');
    }
  }

  #metrics(): Promise<string> {
    this.#reading ??= this.#source
      .metrics()
      .then(formatMetrics)
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }
}

function isForHere({ headers: { host = '' }, socket: { localAddress = '' } }: IncomingMessage): boolean {
  if (!/^(?:::ffff:)?127\.|^::1$/.test(localAddress)) return true;
  const name = host
    .replace(/:\d*$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  return name === 'localhost' || isIP(name) !== 0;
}
