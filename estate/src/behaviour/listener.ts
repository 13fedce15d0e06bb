import { createServer, type Server, type Socket } from 'node:net';
import { ignore, type Behaviour } from './behaviour.ts';

/** A port on loopback that somebody listens on. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Ends every connection and gives the port back. */
  close(): Promise<void>;
}

/**
 * Listens on a loopback address and gives every connection to the behaviour.
 *
 * @param port 0 takes any free one
 * @throws what `listen` fails with: EADDRNOTAVAIL where this machine has no such address, EADDRINUSE
 */
export async function listen(behaviour: Behaviour, address = '127.0.0.1', port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', ignore);
    behaviour(socket);
  });
  return {
    address,
    port: await bind(server, address, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The same behaviours on the same port of several addresses. */
export async function listenOnAll(
  places: readonly (readonly [address: string, Behaviour])[],
): Promise<Listener[]> {
  for (let tries = 1; ; tries++) {
    const listeners: Listener[] = [];
    try {
      for (const [address, behaviour] of places) {
        listeners.push(await listen(behaviour, address, listeners[0]?.port ?? 0));
      }
      return listeners;
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()));
      // The port that was free on the first address may be taken on the second.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 20) throw error;
    }
  }
}

function bind(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: address, ipv6Only: true }, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
}
