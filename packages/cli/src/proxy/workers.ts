import { fork, type ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { printable } from '@altname/core';
import type { Metric } from '@altname/proxy';
import type { Terminal } from '../terminal.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Says to a worker which descriptor the socket of its primary has there. */
export const socketVariable = 'ALTNAME_PROXY_SOCKET';

/** One of the places that a worker stands in. */
interface Place {
  readonly number: number;
  worker: ChildProcess | null;
  /** When its worker began to serve; null while it does not. */
  since: number | null;
  /** Why its worker could not start, in its own words. */
  why: string | null;
  /** Workers in a row that did not serve for {@link settled}. */
  unsettled: number;
  waiting: NodeJS.Timeout | null;
}

export interface WorkersOptions {
  readonly count: number;
  readonly terminal: Terminal;
  /** The descriptor of a socket that is open already; null when workers open one. */
  readonly fd: number | null;
  /** Called once, when the first of them serves. */
  readonly onServing: (address: AddressInfo) => void;
}

/** Milliseconds that a worker has to serve for its place to be in order again. */
const settled = 10_000;
/** Milliseconds until a worker has to serve. */
const patience = 60_000;
/** Milliseconds before a worker is replaced; doubled each time, up to the most. */
const firstWait = 100;
const mostWait = 30_000;
/** Milliseconds in which what several workers say is one thing. */
const sameTime = 30_000;
/** Starts in a row that may fail while nobody serves. */
const mostStarts = 5;
const killedExit = 70;

/**
 * The processes that serve, kept at their number. Each has the same command line, and the port from the primary.
 *
 * The system hands connections to whoever takes them first (`SCHED_NONE`). In turns, through the primary, a connection
 * costs half as much CPU again, and neither way spreads those that stay evenly.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #places: readonly Place[];
  readonly #reports = new Map<number, (report: FromWorker & { altname: 'report' }) => void>();
  /** What workers said of late, and when. */
  readonly #told = new Map<string, number>();
  #reportId = 0;
  #restarts = 0;
  #failedStarts = 0;
  #hasServed = false;
  #isStopping = false;
  #end: ((exit: number) => void) | null = null;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.count }, (_, at) => ({
      number: at + 1,
      worker: null,
      since: null,
      why: null,
      unsettled: 0,
      waiting: null,
    }));
  }

  /** Keeps workers serving until {@link stop}, or until none can be. @returns the exit code */
  run(): Promise<number> {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    // The others begin when the first serves: what is wrong for all is told once.
    const [first] = this.#places;
    if (first !== undefined) this.#start(first);
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Lets what is under way end. */
  stop(): void {
    this.#isStopping = true;
    for (const place of this.#places) {
      if (place.waiting !== null) clearTimeout(place.waiting);
      this.#send(place, { altname: 'stop' });
    }
    this.#endWhenAllHave();
  }

  /** Has those that serve read the configuration again; others read it when they begin. */
  reload(): void {
    for (const place of this.#places) if (place.since !== null) this.#send(place, { altname: 'reload' });
  }

  /** Ends every worker at once. */
  kill(): void {
    for (const { worker } of this.#places) worker?.kill('SIGKILL');
  }

  /** Why no request should be sent here; null while one worker serves and is ready. */
  async unready(): Promise<string | null> {
    if (this.#isStopping) return 'draining: no more connections are taken';
    const reports = await this.#ask();
    if (reports.length === 0) return 'no worker serves';
    return reports.some(({ unready }) => unready === null) ? null : (reports[0]?.unready ?? null);
  }

  /** What the workers counted, and what is known of them. */
  async metrics(): Promise<(readonly Metric[])[]> {
    const serving = this.#places.filter(({ since }) => since !== null).length;
    const own: Metric[] = [
      {
        name: 'altname_proxy_workers_serving',
        help: 'Workers that serve.',
        type: 'gauge',
        aggregator: 'sum',
        values: [{ value: serving, labels: {} }],
      },
      {
        name: 'altname_proxy_worker_restarts_total',
        help: 'Workers that were begun in the place of one that had ended.',
        type: 'counter',
        aggregator: 'sum',
        values: [{ value: this.#restarts, labels: {} }],
      },
    ];
    return [own, ...(await this.#ask()).map(({ metrics }) => metrics)];
  }

  #start(place: Place): void {
    const worker = this.#options.fd === null ? cluster.fork().process : forkWith(this.#options.fd);
    const late = setTimeout(() => {
      place.why = `it did not serve within ${patience / 1000} s`;
      worker.kill('SIGKILL');
    }, patience);
    Object.assign(place, { worker, since: null, why: null, waiting: null });
    worker.on('message', (message: FromWorker) => {
      if (message.altname === 'report') this.#reports.get(message.id)?.(message);
      if (message.altname === 'failed') place.why = message.why;
      if (message.altname === 'problem') this.#tellOnce(message.line);
      if (message.altname !== 'serving') return;
      clearTimeout(late);
      this.#served(place, message.address);
    });
    worker.on('error', (error) => {
      place.why ??= error.message;
    });
    worker.once('exit', (code: number | null, signal: string | null) => {
      clearTimeout(late);
      const next = (): void => this.#ended(place, code, signal);
      // What it said last may still be on its way.
      if (worker.connected) worker.once('disconnect', next);
      else next();
    });
  }

  /** What all of them say at about the same time is said once. */
  #tellOnce(line: string): void {
    const now = performance.now();
    for (const [told, at] of this.#told) if (now - at > sameTime) this.#told.delete(told);
    const isNew = !this.#told.has(line);
    this.#told.set(line, now);
    if (isNew) this.#options.terminal.say(line);
  }

  #served(place: Place, address: AddressInfo): void {
    place.since = performance.now();
    this.#failedStarts = 0;
    if (this.#isStopping) this.#send(place, { altname: 'stop' });
    if (this.#hasServed) return;
    this.#hasServed = true;
    this.#options.onServing(address);
    if (this.#isStopping) return;
    for (const other of this.#places) if (other.worker === null) this.#start(other);
  }

  #ended(place: Place, code: number | null, signal: string | null): void {
    const { worker, since, why } = place;
    const pid = worker?.pid ?? 'none';
    Object.assign(place, { worker: null, since: null, why: null });
    if (this.#isStopping) {
      this.#endWhenAllHave();
      return;
    }
    const how = why === null ? (signal ?? `exit code ${code ?? 'unknown'}`) : printable(why, 500);
    const isSettled = since !== null && performance.now() - since >= settled;
    place.unsettled = isSettled ? 0 : place.unsettled + 1;
    if (since === null) this.#failedStarts++;
    const served = this.#places.some((each) => each.since !== null);
    // What is wrong with the configuration at the start is wrong the next time, too.
    const isForGood = !served && ((why !== null && !this.#hasServed) || this.#failedStarts >= mostStarts);
    if (isForGood) {
      this.#options.terminal.say(this.#hasServed || why === null ? `no worker can start: ${how}` : how);
      this.#isStopping = true;
      this.#exit = why === null ? killedExit : 2;
      this.kill();
      this.stop();
      return;
    }
    const wait = Math.min(
      mostWait,
      place.unsettled === 0 ? firstWait : firstWait * 2 ** (place.unsettled - 1),
    );
    const what = since === null ? 'did not start' : 'ended';
    this.#options.terminal.say(
      `worker ${place.number} (process ${pid}) ${what}: ${how}; another in ${wait / 1000} s`,
    );
    place.waiting = setTimeout(() => {
      this.#restarts++;
      this.#start(place);
    }, wait);
  }

  #exit = 0;

  #endWhenAllHave(): void {
    if (this.#places.every(({ worker }) => worker === null)) this.#end?.(this.#exit);
  }

  #send({ worker }: Place, message: ToWorker): void {
    // One that has just ended is told nothing.
    if (worker?.connected === true) worker.send(message, () => {});
  }

  /** The reports of those that serve; one that does not answer in time is left out. */
  async #ask(): Promise<(FromWorker & { altname: 'report' })[]> {
    const asked = this.#places.filter(({ since }) => since !== null);
    const reports = await Promise.all(asked.map((place) => this.#askOne(place)));
    return reports.filter((report) => report !== null);
  }

  #askOne(place: Place): Promise<(FromWorker & { altname: 'report' }) | null> {
    const id = ++this.#reportId;
    return new Promise((resolve) => {
      const settle = (report: (FromWorker & { altname: 'report' }) | null): void => {
        clearTimeout(late);
        this.#reports.delete(id);
        resolve(report);
      };
      const late = setTimeout(() => settle(null), 2000);
      this.#reports.set(id, settle);
      this.#send(place, { altname: 'report', id });
    });
  }
}

/**
 * A worker that has the socket of this process from its start: in a cluster it would be closed with the last worker.
 */
function forkWith(fd: number): ChildProcess {
  const [, file = '', ...words] = process.argv;
  // 3 is the channel to this process, so that the socket comes behind it.
  const gap = Array.from({ length: fd - 3 }, () => 'ignore' as const);
  return fork(file, words, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...gap, fd],
    env: { ...process.env, [socketVariable]: String(fd + 1) },
  });
}
