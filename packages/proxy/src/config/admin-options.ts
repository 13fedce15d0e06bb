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

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readAdmin(given: unknown): AdminConfig {
  const { listen } = readKeys('admin', given, ['listen']);
  if (listen === undefined) return Object.freeze({ listen: null });
  const address = readListenAddress(listen, 'admin.listen');
  if (address.fd !== undefined) throw fault('admin.listen', 'a port, or host:port, is expected');
  // Nobody outside of the machine is told anything unless an address of it is written down.
  return Object.freeze({ listen: Object.freeze({ host: '127.0.0.1', ...address }) });
}
