import type { Connection } from '../connection.ts';
import type { ContextOptions } from '../context.ts';
import type { Dial, PathDial } from '../endpoint.ts';
import type { Always, Unless, Ways } from '../ways.ts';
import { cannot, forOwnContext, type ForOwnContext } from './driver.ts';

/** Options of tedious' `Connection`. */
export interface TediousOptions {
  readonly server: string;
  readonly options: {
    readonly port?: number;
    readonly encrypt: true;
    /** The name that tedious sends and checks. */
    readonly serverName: string;
    readonly trustServerCertificate: false;
    readonly cryptoCredentialsDetails: ContextOptions;
    readonly connectTimeout: number;
  };
}

/**
 * For tedious: `new Connection({ authentication, ...tediousOptions(connection) })`; further `options` go beside those
 * it gives, in a copy.
 *
 * tedious sends and checks `serverName`, by Node's own check.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the name is an address, which tedious cannot check on every Node;
 *   when another name or none shall be sent; for a socket; when a fault is tolerated.
 */
export function tediousOptions<D extends Dial, W extends Ways>(
  connection: Connection<D, W> & ForOwnContext<W> & Unless<Always<D, PathDial>, 'tedious dials no socket'>,
): TediousOptions {
  const context = forOwnContext('tedious', connection);
  const { dial, name, timeout } = connection;
  if ('path' in dial) throw cannot('tedious', 'it dials no socket');
  return {
    server: dial.host,
    options: {
      ...(dial.port === undefined ? {} : { port: dial.port }),
      encrypt: true,
      serverName: name,
      trustServerCertificate: false,
      cryptoCredentialsDetails: context,
      connectTimeout: timeout,
    },
  };
}
