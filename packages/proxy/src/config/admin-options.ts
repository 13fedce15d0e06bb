import { fault, readKeys } from './fault.ts';
import { readListenAddress, type ListenAddress } from './listen-address.ts';

/** What is seen from outside: health and metrics. */
export interface AdminOptions {
  /**
   * Where `/-/healthy`, `/-/ready` and `/metrics` are served: a port on `127.0.0.1`, or `host:port`. Without it
   * requests are counted, too, and `proxy.metrics()` tells what was counted.
   */
  readonly listen?: number | string;
}

/** {@link AdminOptions}, read. */
export interface AdminConfig {
  readonly listen: ListenAddress | null;
}

/**
 * @param front where the proxy itself listens; null where others have seen to that
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readAdmin(given: unknown, front: ListenAddress | null = null): AdminConfig {
  const { listen } = readKeys('admin', given, ['listen']);
  if (listen === undefined) return Object.freeze({ listen: null });
  const address = readListenAddress(listen, 'admin.listen');
  if (address.fd !== undefined) throw fault('admin.listen', 'a port, or host:port, is expected');
  // Nobody outside of the machine is told anything unless an address of it is written down.
  const own = { host: '127.0.0.1', ...address };
  if (own.port !== 0 && own.port === front?.port && isShared(own.host, front.host)) {
    throw fault('admin.listen', `the proxy itself listens on port ${own.port}; another one is expected`);
  }
  return Object.freeze({ listen: Object.freeze(own) });
}

/** Whether the system gives a port of two addresses to one listener alone. */
function isShared(own: string, front: string | undefined): boolean {
  const [one, other] = [own, front].map((host) => (host === 'localhost' ? '127.0.0.1' : host));
  const isEvery = (host: string | undefined): boolean =>
    host === undefined || host === '0.0.0.0' || host === '::';
  return one === other || isEvery(one) || isEvery(other);
}
