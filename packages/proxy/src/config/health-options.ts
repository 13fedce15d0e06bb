import { fault, readKeys } from './fault.ts';

/** Asking each server whether it is well. */
export interface HealthOptions {
  /** What is asked for, with GET: a path, and a query. */
  readonly path: string;
  /** Milliseconds from one answer to the next question, give or take a tenth; 10,000. */
  readonly interval?: number;
  /** Milliseconds until the answer has to be there, its body included; 5,000. */
  readonly timeout?: number;
  /** Good answers in a row until a server that was down is up; 2. */
  readonly healthy?: number;
  /** Bad ones until one that was up is down; 3. */
  readonly unhealthy?: number;
  /** Statuses that are good: one, or a list; 200 to 299. */
  readonly status?: number | readonly number[];
}

/** Leaving out, for a while, a server whose answers fail. */
export interface EjectionOptions {
  /** Failures in a row: no connection, no answer, an answer that broke off, or a 5xx; 5. */
  readonly failures?: number;
  /** Milliseconds, doubled each time it is left out again, up to ten times as long; 30,000. */
  readonly time?: number;
  /** How many of the servers are left out at once, in per cent, rounded down; 50. */
  readonly most?: number;
}

/** {@link HealthOptions}, read. Frozen. */
export interface Health extends Readonly<Required<Omit<HealthOptions, 'status'>>> {
  /** Null for 200 to 299. */
  readonly status: readonly number[] | null;
}

/** {@link EjectionOptions}, read. Frozen. */
export type Ejection = Readonly<Required<EjectionOptions>>;

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readHealth(key: string, given: unknown): Health | null {
  if (given === undefined) return null;
  const options = readKeys(key, given, ['path', 'interval', 'timeout', 'healthy', 'unhealthy', 'status']);
  const { path, status } = options;
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]{0,1000}$/.test(path) || path.includes('#')) {
    throw fault(`${key}.path`, 'a path is expected, such as /healthy');
  }
  return Object.freeze({
    path,
    interval: readWhole(`${key}.interval`, options['interval'], 10_000, 100, 86_400_000),
    timeout: readWhole(`${key}.timeout`, options['timeout'], 5000, 1, 86_400_000),
    healthy: readWhole(`${key}.healthy`, options['healthy'], 2, 1, 100),
    unhealthy: readWhole(`${key}.unhealthy`, options['unhealthy'], 3, 1, 100),
    status: status === undefined ? null : readStatuses(`${key}.status`, status),
  });
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readEjection(key: string, given: unknown): Ejection | null {
  if (given === false) return null;
  const options = readKeys(key, given ?? {}, ['failures', 'time', 'most']);
  return Object.freeze({
    failures: readWhole(`${key}.failures`, options['failures'], 5, 1, 1000),
    time: readWhole(`${key}.time`, options['time'], 30_000, 1, 86_400_000),
    most: readWhole(`${key}.most`, options['most'], 50, 0, 100),
  });
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readWhole(key: string, given: unknown, usual: number, least: number, most: number): number {
  const value = given ?? usual;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const [from, to] = [least.toLocaleString('en'), most.toLocaleString('en')];
  throw fault(key, `a whole number from ${from} to ${to} is expected`);
}

function readStatuses(key: string, given: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isStatus = (each: unknown): each is number =>
    Number.isInteger(each) && Number(each) >= 200 && Number(each) <= 599;
  if (list.length === 0 || !list.every(isStatus))
    throw fault(key, 'a status from 200 to 599, or a list of them, is expected');
  return Object.freeze([...list]);
}
