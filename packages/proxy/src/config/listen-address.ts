import { isIP } from 'node:net';
import { printable } from '@altname/core';
import { fault } from './fault.ts';
import { readInherited } from './inherited-socket.ts';

/** Where to listen, in the terms of `net.Server.listen`. Without a host: every address of the machine. */
export interface ListenAddress {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host?: string;
  /** A socket that is open already; port and host are its own. */
  readonly fd?: number;
}

/**
 * Reads where to listen.
 *
 * | value                          | meaning                                   |
 * |--------------------------------|-------------------------------------------|
 * | `8443` `'8443'`                | every address of the machine              |
 * | `'127.0.0.1:8443'` `'[::1]:0'` | this address; port 0 lets the system choose |
 * | `'localhost:8443'`             | the first address of localhost            |
 *
 * `fd:3`, `systemd` and `systemd:NAME` are those of {@link readInherited}.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readListenAddress(given: unknown, key: string = 'listen'): ListenAddress {
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string') throw fault(key, 'a port, or host:port, is expected');
  const fd = readInherited(key, text);
  if (fd !== null) return { port: 0, fd };
  const [, v6, host, digits = ''] = /^(?:(?:\[([^\]]*)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === '' ? -1 : Number(digits);
  const isHost = v6 === undefined ? host === undefined || isListenHost(host) : isIP(v6) === 6;
  if (port < 0 || port > 65_535 || !isHost) {
    throw fault(`${key} "${printable(text, 100)}"`, 'a port, or host:port with an address, is expected');
  }
  const at = v6 ?? host;
  return at === undefined ? { port } : { port, host: at };
}

function isListenHost(host: string): boolean {
  return isIP(host) === 4 || host === 'localhost';
}
