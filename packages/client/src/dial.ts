import tls from 'node:tls';
import { AltnameError } from '@altname/core';
import { detailsOf, type Connection } from './connection.ts';
import { endpointText } from './endpoint.ts';

/** How long after the last data TCP asks whether the other end is still there. */
const keepAliveDelay = 60_000;

/**
 * Dials a connection. The socket verifies before it is secure; it is destroyed, with an error, when it does not stand
 * in time.
 *
 * @param port for an endpoint without one
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when there is no port.
 */
export function dial(connection: Connection, port: number | null): tls.TLSSocket {
  detailsOf(connection);
  const { dial: endpoint, secure, timeout } = connection;
  const place = 'path' in endpoint || port === null ? endpoint : { port, ...endpoint };
  if (!('path' in place) && place.port === undefined) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `to "${endpointText(endpoint)}": a port is needed`);
  }
  // Node 20 would stop reading after each record of TLS.
  const reading = { highWaterMark: 65_536 };
  const socket = tls.connect({ ...reading, ...place, ...secure } as tls.ConnectionOptions);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveDelay);
  const late = setTimeout(() => {
    const error = new Error(`no TLS connection to ${endpointText(place)} within ${timeout} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, timeout);
  const inTime = (): void => clearTimeout(late);
  socket.once('secureConnect', inTime).once('close', inTime);
  return socket;
}
