import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The processors: one for the proxy alone, the other for what asks and what answers. */
export const proxyProcessor = '0';
export const otherProcessor = '1';

/** A program that stays on one processor, with the processes that it begins. */
export interface PinnedProcess {
  readonly pid: number;
  /** Microseconds of the processor so far, of all threads and all processes. */
  cpu(): number;
  /** Resident octets, of all processes. */
  memory(): number;
  /** Open file descriptors, of all processes. */
  descriptors(): number;
  /** Milliseconds from its begin until it took a connection. */
  readonly startMilliseconds: number;
  readonly hasEnded: boolean;
  /** The last of what it said. */
  said(): string;
  stop(): Promise<void>;
}

export interface Pinned {
  readonly command: string;
  readonly words: readonly string[];
  readonly processor: string;
  /** What it says goes to this file. */
  readonly log: string;
  /** It is there once it takes connections on this port. */
  readonly port: number;
  readonly environment?: NodeJS.ProcessEnv;
}

const tickMicroseconds = 10_000;
const startSeconds = 20;

/** Begins a program, and waits until it takes connections. */
export async function startPinned({
  command,
  words,
  processor,
  log,
  port,
  environment,
}: Pinned): Promise<PinnedProcess> {
  const said = openSync(log, 'a');
  const nothing = openSync('/dev/null', 'w');
  const began = performance.now();
  const stdio: StdioOptions = ['ignore', nothing, said];
  const child = spawn('taskset', ['-c', processor, command, ...words], {
    stdio,
    env: { ...process.env, ...environment },
  });
  closeSync(said);
  closeSync(nothing);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} does not start`);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  while (!(await takesConnections(port))) {
    const isLate = performance.now() - began > startSeconds * 1000;
    if (isLate || hasEnded()) {
      await stop(child);
      throw new Error(
        `${command} ${words.join(' ')} does not listen:\n${readFileSync(log, 'utf8').slice(-2000)}`,
      );
    }
    await sleep(2);
  }
  return {
    pid,
    startMilliseconds: performance.now() - began,
    get hasEnded() {
      return hasEnded();
    },
    said: () => readFileSync(log, 'utf8').slice(-2000),
    cpu: () => sum(pid, processorTime),
    memory: () => sum(pid, residentOctets),
    descriptors: () => sum(pid, (each) => readdirSync(`/proc/${each}/fd`).length),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function sum(pid: number, of: (pid: number) => number): number {
  return [pid, ...descendants(pid)].reduce((total, each) => total + of(each), 0);
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(statistics(Number(name))[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = new Set([pid]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

/** The fields of `/proc/PID/stat` behind the name of the program: the state first. */
function statistics(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function processorTime(pid: number): number {
  const fields = statistics(pid);
  return (Number(fields[11]) + Number(fields[12])) * tickMicroseconds;
}

function residentOctets(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Rss:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
}
