import type { ChildProcess, SendHandle, Serializable } from 'node:child_process';

/** Whether a parent has forked this process, and waits for messages. */
export function hasChannel(): boolean {
  return process.connected;
}

/**
 * Hands the channel between this process and the parent that forked it on to a child: messages and handles both ways,
 * and its end, whichever side ends it.
 *
 * @returns what ends that, and keeps this process no longer
 */
export function handOnChannel(child: ChildProcess): () => void {
  const down = (message: Serializable, handle: SendHandle): void => {
    if (child.connected) child.send(message, handle, ignore);
  };
  const up = (message: Serializable, handle: SendHandle): void => {
    if (process.connected) process.send?.(message, handle, undefined, ignore);
  };
  const endDown = (): void => {
    if (child.connected) child.disconnect();
  };
  const endUp = (): void => {
    if (process.connected) process.disconnect();
  };
  process.on('message', down);
  process.on('disconnect', endDown);
  child.on('message', up);
  child.on('disconnect', endUp);
  return () => {
    process.off('message', down);
    process.off('disconnect', endDown);
  };
}

/** A side that has gone learns of it by itself. */
function ignore(): void {}
