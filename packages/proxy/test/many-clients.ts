import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';

/** Many connections of TLS, of a process of its own: files of one process are few. */
export interface ManyClients {
  /** Sends a request on each connection, and reads its answer. @returns how many were answered with 200 */
  ask(): Promise<number>;
  /** Ends them all. */
  end(): Promise<void>;
}

interface Dialled {
  readonly port: number;
  readonly ca: string;
  readonly servername: string;
  readonly count: number;
}

const program = fileURLToPath(import.meta.url);
const isProgram = process.argv[2] === 'many-clients';
/** Handshakes, or requests, that are under way at once. */
const atOnce = 32;

/** Resolves when all connections stand, and rejects when one did not come to stand. */
export async function startManyClients(dialled: Dialled): Promise<ManyClients> {
  const child = fork(program, ['many-clients'], {
    execArgv: process.execArgv.filter((word) => !word.startsWith('--test')),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  after(() => child.kill('SIGKILL'));
  const told = async (message: object | string): Promise<number> => {
    child.send(message);
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [`the clients ended with ${code}`]),
    ])) as [number | string];
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  await told(dialled);
  return {
    ask: () => told('ask'),
    async end() {
      const gone = once(child, 'exit');
      child.send('end');
      await gone;
    },
  };
}

if (isProgram) {
  const sockets = new Set<TLSSocket>();
  const dial = async ({ port, ca, servername }: Dialled): Promise<void> => {
    const socket = tls.connect({ host: '127.0.0.1', port, ca, servername });
    await once(socket, 'secureConnect');
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
  };
  const ask = (socket: TLSSocket): Promise<boolean> =>
    new Promise((resolve) => {
      let answer = '';
      const take = (chunk: Buffer): void => {
        answer += chunk.toString('latin1');
        if (answer.endsWith('\r\n\r\nok')) end();
      };
      const end = (): void => {
        socket.off('data', take).off('close', end);
        resolve(answer.startsWith('HTTP/1.1 200 '));
      };
      socket.on('data', take).on('close', end);
      socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    });
  const inTurns = async <T>(all: Iterable<T>, one: (each: T) => Promise<unknown>): Promise<void> => {
    const rest = all[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) await one(next.value);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  };
  const run = async (message: Dialled | 'ask' | 'end'): Promise<void> => {
    if (message === 'end') process.exit(0);
    if (message === 'ask') {
      let good = 0;
      await inTurns([...sockets], async (socket) => {
        if (await ask(socket)) good++;
      });
      process.send?.(good);
    } else {
      await inTurns(Array.from({ length: message.count }), () => dial(message));
      process.send?.(sockets.size);
    }
  };
  process.on('message', (message: Dialled | 'ask' | 'end') => {
    run(message).catch((error: unknown) => process.send?.(String(error)));
  });
  process.on('disconnect', () => process.exit());
}
