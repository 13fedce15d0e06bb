import { readFileSync } from 'node:fs';

/**
 * What one target can hold open at once: 8 attempts after the client's own, one of which speaks to a port in plain text
 * over 4 connections, and the questions to DNS.
 */
const perTarget = 14;
/** What Node and the standard streams hold, and some room. */
const reserve = 48;

/**
 * How many targets may be in flight under the limit of open files of this process, and that limit; null where the
 * system does not say. Node raises its soft limit to the hard one when it starts.
 */
export function widthForOpenFiles(): { readonly width: number; readonly limit: number } | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    if (soft === undefined) return null;
    return { width: Math.max(1, Math.floor((Number(soft) - reserve) / perTarget)), limit: Number(soft) };
  } catch {
    return null;
  }
}
