import type { TLSSocket } from 'node:tls';
import { AltnameError } from '@altname/core';
import { detailsOf, type Connection } from './connection.ts';
import { dial } from './dial.ts';

/** What undici asks a connector for. */
interface Asked {
  readonly protocol: string;
  readonly port: string;
  readonly httpSocket?: unknown;
}

type Answer = (...args: [error: Error, socket: null] | [error: null, socket: TLSSocket]) => void;

/**
 * The value for undici's `new Agent({ connect })`, `Pool` or `Client`, for `request` and `fetch` alike; undici 6, 7, 8.
 * It dials `to`, sends and checks the names of the connection, whatever host the URL and whatever name the Host header
 * has. The URL's port is dialled where `to` has none. HTTP/1.1 is spoken unless `alpn` of the connection offers `h2`.
 *
 * `http:` URLs, and tunnels through a proxy, fail with `ALTNAME_BAD_OPTION`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the connection is a copy.
 */
export function undiciConnect(connection: Connection): (asked: Asked, answer: Answer) => void {
  detailsOf(connection);
  return (asked, answer) => {
    const refusal = refusalOf(asked);
    if (refusal !== null) {
      process.nextTick(answer, new AltnameError('ALTNAME_BAD_OPTION', refusal), null);
      return;
    }
    const socket = dial(connection, Number(asked.port) || 443);
    const fail = (error: Error): void => answer(error, null);
    socket.once('error', fail).once('secureConnect', () => {
      socket.off('error', fail);
      answer(null, socket);
    });
  };
}

function refusalOf({ protocol, httpSocket }: Asked): string | null {
  if (protocol !== 'https:') return `${protocol}: this connection is for https alone`;
  return httpSocket === undefined || httpSocket === null
    ? null
    : 'httpSocket: this connection dials by itself';
}
