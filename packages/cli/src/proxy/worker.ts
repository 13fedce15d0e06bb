import type { Proxy } from '@altname/proxy';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Tells the primary; settles when it was written. Without a primary there is nobody to tell. */
export async function tellPrimary(message: FromWorker): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

/**
 * Whether an error says no more than that the primary is not there: a worker that starts just then has something to say
 * to it, and nobody to say it to. The end of the channel is known a moment later than that nothing can be written.
 */
export async function primaryIsGone(error: unknown): Promise<boolean> {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (process.send === undefined || !ofChannel.has(code)) return false;
  for (const end = performance.now() + 1000; process.connected && performance.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return !process.connected;
}

const ofChannel: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_IPC_CHANNEL_CLOSED',
  'ERR_IPC_DISCONNECTED',
]);

/** Does what the primary asks of a worker. */
export function listenToPrimary(proxy: Proxy, stop: () => void): void {
  // A worker ends with its primary.
  process.once('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);
  process.on('message', (message: ToWorker) => {
    if (message.altname === 'stop') stop();
    if (message.altname === 'report') void report(proxy, message.id);
  });
}

async function report(proxy: Proxy, id: number): Promise<void> {
  const unready = proxy.unready();
  await tellPrimary({ altname: 'report', id, unready, metrics: await proxy.metrics() });
}
