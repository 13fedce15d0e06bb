import { fault, readKeys } from './fault.ts';
import { openFilesLimit } from './open-files.ts';

/** Octets. What goes beyond is refused before, or as soon as, it is seen. */
export interface LimitOptions {
  /** All fields of a request's head, and of its trailers, together; then 431. From 1,024 to 1 MiB; 16,384. */
  readonly head?: number;
  /** The body of a request; then 413. `0` for none. 104,857,600. */
  readonly body?: number;
  /**
   * Connections in front at once; then 503. Unless told, as many as `ulimit -n` allows beside those to upstreams.
   */
  readonly connections?: number;
}

/**
 * Reads the limits, with what holds where nothing is said.
 *
 * @param upstreams connections to all upstreams that are allowed at once
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`
 */
export function readLimits(given: unknown, upstreams: number): Readonly<Required<LimitOptions>> {
  const known = [...Object.keys(usual), 'connections'];
  const { head = usual.head, body = usual.body, connections } = readKeys('limits', given ?? {}, known);
  return Object.freeze({
    head: readOctets('limits.head', head, 1024, 1_048_576),
    body: readOctets('limits.body', body, 0, Number.MAX_SAFE_INTEGER),
    connections: connections === undefined ? usualConnections(upstreams) : readConnections(connections),
  });
}

const usual: Readonly<Record<'head' | 'body', number>> = { head: 16_384, body: 104_857_600 };

/** Files of the process itself, and for certificates that are read again. */
const ownFiles = 32;

function usualConnections(upstreams: number): number {
  const left = openFilesLimit() - ownFiles;
  return left === Infinity ? Infinity : Math.max(8, left - Math.min(upstreams, left >> 1));
}

function readConnections(given: unknown): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= 1_000_000) return given;
  throw fault('limits.connections', 'a whole number from 1 to 1,000,000 is expected');
}

function readOctets(key: string, given: unknown, least: number, most: number): number {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most)
    return given;
  const range = most === Number.MAX_SAFE_INTEGER ? 'a whole number of octets, or 0 for no limit,' : '';
  throw fault(key, `${range || `whole octets from ${least} to ${most}`} is expected`);
}
