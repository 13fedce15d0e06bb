import type { Socket } from 'node:net';
import type { ServerHttp2Session } from 'node:http2';
import type { FrontServer } from './front-server.ts';

/**
 * Keeps the connections in front within `limits.connections`, so that the files of the process do not run out:
 *
 * | open            | a connection that comes                     | those that are there        |
 * |-----------------|---------------------------------------------|-----------------------------|
 * | up to the limit | is served                                   | are kept alive              |
 * | up to 1/8 more  | gets 503, and is closed                     | end with their next answer  |
 * | beyond          | is closed                                   | end with their next answer  |
 */
export class Crowd {
  readonly #open: ReadonlySet<Socket>;
  readonly #limit: () => number;
  readonly #late = new WeakSet<object>();

  /** @param limit of now */
  constructor({ server, connections }: Pick<FrontServer, 'server' | 'connections'>, limit: () => number) {
    this.#open = connections;
    this.#limit = limit;
    server.on('connection', (socket: Socket) => {
      if (!this.isCrowded) return;
      this.#late.add(socket);
      if (this.#open.size > limit() + Math.max(8, limit() >> 3)) socket.destroy();
    });
    const mark = (connection: Socket | ServerHttp2Session): void => {
      if (this.isCrowded) this.#late.add(connection);
    };
    server.on('secureConnection', mark);
    server.on('session', mark);
  }

  get isCrowded(): boolean {
    return this.#open.size > this.#limit();
  }

  /** Whether a connection came when there were too many. @param connection its socket, or its session of HTTP/2 */
  isLate(connection: object): boolean {
    return this.#late.has(connection);
  }
}
