import tls from 'node:tls';
import type { Connection } from '@altname/client';
import type { ServerConfig } from '../config/upstream-servers.ts';
import type { UpstreamCounts } from '../metrics/upstream-counts.ts';
import type { Connector } from './connector.ts';
import { dialPlain } from './dial-plain.ts';

/**
 * Dials a server that is told by the PROXY protocol who connects: the header goes before TLS.
 *
 * @param connection one of the server's; null for plain HTTP
 * @param timeout milliseconds until the connection must stand
 */
export function toldConnector(
  server: ServerConfig,
  connection: Connection | null,
  header: Buffer,
  timeout: number,
  counts: UpstreamCounts | null,
): Connector {
  const { origin } = server;
  const dial = connection === null ? server.dial : connection.dial;
  const connect: Connector = (_asked, answer) => {
    const end = performance.now() + timeout;
    dialPlain({ dial, origin }, timeout, (error, socket) => {
      if (error !== null) {
        answer(error, null);
        return;
      }
      socket.write(header);
      if (connection === null) {
        answer(null, socket);
        return;
      }
      // Node 20 would stop reading after each record of TLS.
      const reading = { highWaterMark: 65_536 };
      const secure = tls.connect({ ...reading, socket, ...connection.secure } as tls.ConnectionOptions);
      socket.on('error', (fault) => secure.destroy(fault));
      const late = setTimeout(
        () => {
          const fault = new Error(`no TLS connection to ${origin} within ${timeout} ms`);
          secure.destroy(Object.assign(fault, { code: 'ETIMEDOUT' }));
        },
        Math.max(1, end - performance.now()),
      );
      const fail = (fault: Error): void => {
        clearTimeout(late);
        answer(fault, null);
      };
      secure.once('error', fail).once('secureConnect', () => {
        clearTimeout(late);
        secure.off('error', fail);
        answer(null, secure);
      });
    });
  };
  return counts === null || connection === null
    ? connect
    : (counts.watch(connect as Parameters<typeof counts.watch>[0]) as Connector);
}
