import { listen } from './listener.ts';

/** Those that this process has given to a server: one may take seconds before it listens. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 for a server to listen on, or for nobody, never the same twice. It is below those that systems give to
 * connections and to who asks for any port, so that nobody else comes by it before the server does.
 */
export async function claimPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (given.has(port)) continue;
    given.add(port);
    try {
      const listener = await listen((stream) => stream.destroy(), '127.0.0.1', port);
      await listener.close();
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
