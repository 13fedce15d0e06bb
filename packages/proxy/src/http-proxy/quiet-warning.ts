import { explainError, printable } from '@altname/core';
import type { Target } from './target.ts';

/** Milliseconds in which one kind of failure of one target is told once. */
const quietTime = 10_000;
const told = new Map<string, number>();

/** Tells the operator of a failure that the program does not listen to: a warning with the cause, and never a crash. */
export function warnOfFailure(error: Error, target: Target | null, requestId: string): void {
  const { code = 'ERROR' } = error as NodeJS.ErrnoException;
  const place = target === null ? 'no target' : `${target.url.protocol}//${target.url.host}`;
  const key = `${place} ${code}`;
  const now = performance.now();
  if (now - (told.get(key) ?? -quietTime) < quietTime) return;
  if (told.size > 1000) told.clear();
  told.set(key, now);
  const diagnosis = target === null ? null : explainError(error, { asked: place });
  const why = diagnosis?.cause?.message ?? error.message;
  process.emitWarning(`http-proxy: ${place}: ${printable(why, 500)} (request ${requestId})`, { code });
}
