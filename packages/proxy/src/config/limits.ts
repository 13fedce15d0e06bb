import { fault, readKeys } from './fault.ts';

/** Octets. What goes beyond is refused before, or as soon as, it is seen. */
export interface LimitOptions {
  /** All fields of a request's head, and of its trailers, together; then 431. From 1,024 to 1 MiB; 16,384. */
  readonly head?: number;
  /** The body of a request; then 413. `0` for none. 104,857,600. */
  readonly body?: number;
}

/** Reads the limits, with what holds where nothing is said. @throws {AltnameError} `ALTNAME_BAD_OPTION` */
export function readLimits(given: unknown = {}): Readonly<Required<LimitOptions>> {
  const { head = usual.head, body = usual.body } = readKeys('limits', given, Object.keys(usual));
  return Object.freeze({
    head: readOctets('limits.head', head, 1024, 1_048_576),
    body: readOctets('limits.body', body, 0, Number.MAX_SAFE_INTEGER),
  });
}

const usual: Readonly<Required<LimitOptions>> = { head: 16_384, body: 104_857_600 };

function readOctets(key: string, given: unknown, least: number, most: number): number {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most)
    return given;
  const range = most === Number.MAX_SAFE_INTEGER ? 'a whole number of octets, or 0 for no limit,' : '';
  throw fault(key, `${range || `whole octets from ${least} to ${most}`} is expected`);
}
