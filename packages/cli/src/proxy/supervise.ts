import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { ProxyOptions } from '@altname/proxy';
import type { Terminal } from '../terminal.ts';
import { tellSystemd } from './systemd.ts';
import { UsageError } from '../usage-error.ts';
import { socketVariable, Workers } from './workers.ts';

const mostWorkers = 256;
const interruptedExit = 130;

/** The value of `--workers`: a number, or `auto` for one on each core; null when it is not given. */
export function readWorkers(given: string | undefined): number | null {
  if (given === undefined) return null;
  if (given === 'auto') return availableParallelism();
  const count = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > mostWorkers) {
    throw new UsageError(`--workers "${given}": a number from 1 to ${mostWorkers}, or auto, is expected`);
  }
  return count;
}

/** Whether this process is to serve for a primary. */
export function isWorker(): boolean {
  return cluster.isWorker || (process.send !== undefined && process.env[socketVariable] !== undefined);
}

/** Where a worker listens: on the socket that its primary has, where there is one. */
export function listenOfWorker(listen: ProxyOptions['listen']): ProxyOptions['listen'] {
  const fd = process.env[socketVariable];
  return fd === undefined ? listen : `fd:${fd}`;
}

export interface SuperviseOptions {
  readonly count: number;
  readonly admin: ProxyOptions['admin'];
  readonly terminal: Terminal;
  /** The descriptor of a socket that is open already; null when workers open one. */
  readonly fd: number | null;
  readonly onServing: (address: AddressInfo) => void;
  /** Called once, before they begin. */
  readonly onWorkers: (workers: Workers) => void;
}

/**
 * Runs the workers until they are told to stop; health and metrics of all are served here, on one port.
 *
 * @returns the exit code
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { count, admin, terminal, fd, onServing, onWorkers } = options;
  const workers = new Workers({ count, terminal, fd, onServing });
  const { openAdmin } = await import('@altname/proxy');
  const port = await openAdmin(admin, {
    unready: () => workers.unready(),
    metrics: () => workers.metrics(),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      tellSystemd('--stopping');
      process.on(signal, () => {
        workers.kill();
        void terminal.leave(interruptedExit);
      });
      terminal.say('no more connections are taken; what is under way may end');
      workers.stop();
    });
  }
  onWorkers(workers);
  const exit = await workers.run();
  await port?.close();
  return terminal.leave(exit);
}
