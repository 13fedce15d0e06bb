import type { Proxy } from '@altname/proxy';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Tells the primary; settles when it was written. Without a primary there is nobody to tell. */
export async function tellPrimary(message: FromWorker): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

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
