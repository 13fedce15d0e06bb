import net from 'node:net';
import { detailsOf, type Connection, type SecureOptions } from '../connection.ts';
import type { Dial } from '../endpoint.ts';
import type { Always, Unless, Ways } from '../ways.ts';
import { cannot } from './driver.ts';

/** Options of pg's `Client` and `Pool`. */
export interface PgOptions {
  /** The server name that pg sends; where it goes is the matter of `stream`. */
  readonly host: string;
  readonly port?: number;
  readonly ssl: SecureOptions;
  /** A socket that dials the endpoint of the connection. */
  readonly stream: () => net.Socket;
}

/**
 * For pg: `new pg.Client({ user, password, database, ...pgOptions(connection) })`, and `pg.Pool` the same.
 *
 * pg sends its `host` as server name when that is a DNS name, whatever `ssl.servername` says. So `host` is the name to
 * send, and the socket knows where to go. A connection string beside it must have no host and no `sslmode`: they win.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when no server name shall be sent and neither `to` nor `name` is an
 *   address: pg cannot do that.
 */
export function pgOptions<W extends Ways>(
  connection: Connection<Dial, W> &
    Unless<Always<W['sent'], 'none'>, 'pg sends no server name only where to or name is an IP address'>,
): PgOptions {
  detailsOf(connection);
  const { dial, name, sni, secure } = connection;
  const dialled = 'host' in dial ? dial.host : '';
  const host = sni ?? [dialled, name].find((each) => net.isIP(each) !== 0);
  if (host === undefined)
    throw cannot('pg', 'it sends no server name only where to or name is an IP address');
  return {
    host,
    ...('path' in dial || dial.port === undefined ? {} : { port: dial.port }),
    ssl: secure,
    stream: () => socketTo(dial),
  };
}

/** A socket whose `connect(port, host)` goes to the endpoint, whatever host it is told. */
function socketTo(dial: Dial): net.Socket {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket);
  const redirected = (port: number): net.Socket => connect('path' in dial ? dial : { port, ...dial });
  return Object.assign(socket, { connect: redirected as typeof socket.connect });
}
