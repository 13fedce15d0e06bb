import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProxyOptions } from '@altname/proxy';
import { deferred } from './client.ts';

/** What a proxy in a process of its own holds. */
export interface Held {
  /** Sockets, timers and the like, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Open files; null where the system does not tell. */
  readonly files: number | null;
  /** Octets of memory, after a collection. */
  readonly memory: number;
  /** Requests that were told. */
  readonly records: number;
}

/** A proxy in a process of its own, whose resources can be counted. */
export interface ProxyProcess {
  readonly port: number;
  readonly child: ChildProcess;
  held(): Promise<Held>;
  /** Resolves when nothing is held but what was before, or says what is after `ms`. */
  settled(before: Held, ms?: number): Promise<string>;
}

const program = fileURLToPath(import.meta.url);
const isProgram = process.argv[2] === 'serve';

export async function startProxyProcess(options: Omit<ProxyOptions, 'listen'>): Promise<ProxyProcess> {
  const child = fork(program, ['serve'], {
    execArgv: [...process.execArgv.filter((word) => !word.startsWith('--test')), '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  after(() => child.kill('SIGKILL'));
  child.send(options);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const held = async (): Promise<Held> => {
    child.send('held');
    const [answer] = (await once(child, 'message')) as [Held];
    return answer;
  };
  return {
    port,
    child,
    held,
    async settled(before, ms = 8000) {
      const end = performance.now() + ms;
      for (;;) {
        const now = await held();
        const left = [...Object.entries(now.resources), ['files', now.files ?? 0] as const]
          .map(
            ([kind, count]) =>
              [
                kind,
                count - (kind === 'files' ? (before.files ?? 0) : (before.resources[kind] ?? 0)),
              ] as const,
          )
          .filter(([, more]) => more > 0)
          .map(([kind, more]) => `${more} more of ${kind}`);
        if (left.length === 0 || performance.now() > end) return left.join(', ');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}

if (isProgram) {
  const { readdirSync } = await import('node:fs');
  const { createProxy } = await import('@altname/proxy');
  const started = deferred();
  let records = 0;
  process.on('message', (message: Omit<ProxyOptions, 'listen'> | 'held') => {
    if (message !== 'held') {
      const proxy = createProxy({ ...message, listen: '127.0.0.1:0', onAccess: () => records++ });
      void proxy.listen().then(({ port }) => {
        process.send?.({ port });
        started.resolve();
      });
      return;
    }
    (globalThis as { gc?: () => void }).gc?.();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    let files: number | null = null;
    try {
      files = readdirSync('/proc/self/fd').length;
    } catch {
      // Linux alone has it.
    }
    process.send?.({ resources, files, memory: process.memoryUsage.rss(), records });
  });
}
