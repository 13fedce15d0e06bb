import net from 'node:net';
import type { Connection } from '../connection.ts';
import type { Dial } from '../endpoint.ts';
import type { Ways } from '../ways.ts';
import { forOwnContext, type ForOwnContext } from './driver.ts';

/** Options of mysql2's `createConnection` and `createPool`. */
export interface Mysql2Options {
  /** The name that mysql2 sends and checks; where it goes is the matter of `stream`. */
  readonly host: string;
  readonly port?: number;
  readonly ssl: Mysql2Ssl;
  /** A socket that dials the endpoint of the connection. */
  readonly stream: () => net.Socket;
}

/** The TLS options that mysql2 knows. */
interface Mysql2Ssl {
  /** True whatever is written to it: mysql2 writes to it. */
  rejectUnauthorized: boolean;
  /** Without it, mysql2 checks no name at all. */
  readonly verifyIdentity: true;
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly minVersion?: string;
}

/**
 * For mysql2: `createConnection({ user, password, database, ...mysql2Options(connection) })`, and `createPool` the
 * same.
 *
 * mysql2 checks no name unless it is told to, and then its `host`, by Node's own check. So `host` is the name, and the
 * socket knows where to go.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the name is an address, which mysql2 does not check; when another
 *   name or none shall be sent; when a fault is tolerated.
 */
export function mysql2Options<W extends Ways>(
  connection: Connection<Dial, W> & ForOwnContext<W>,
): Mysql2Options {
  const { ca, cert, key, passphrase, minVersion } = forOwnContext('mysql2', connection);
  const { dial, name } = connection;
  const place = 'path' in dial ? dial : { port: 3306, ...dial };
  return {
    host: name,
    ...('path' in place ? {} : { port: place.port }),
    ssl: Object.freeze({
      get rejectUnauthorized(): boolean {
        return true;
      },
      set rejectUnauthorized(_value: boolean) {},
      verifyIdentity: true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert: String(cert), key: String(key) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(minVersion === undefined ? {} : { minVersion }),
    }),
    stream: () => net.connect(place).setNoDelay(true),
  };
}
