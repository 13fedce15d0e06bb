/** A stack that was taken, and is not yet text: V8 writes it out when it is first read. */
export interface Captured {
  stack?: string;
  /** Its frames, once they were read: V8 gives them out only once. */
  frames?: readonly NodeJS.CallSite[];
}

/** Frames kept of a stack: the way from `fetch` to TLS is about 40 long. */
const depth = 64;

// oxlint-disable-next-line typescript/unbound-method
const { captureStackTrace } = Error;

/** Takes the stack above `below`. A few microseconds; nothing of the program is asked. */
// oxlint-disable-next-line typescript/no-unsafe-function-type
export function capture(below: Function): Captured {
  const captured: Captured = {};
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  // Where Error is frozen (--frozen-intrinsics, SES) the stack is as short as it may be.
  const free = limit === undefined ? Object.isExtensible(Error) : limit.writable === true;
  if (free) Error.stackTraceLimit = depth;
  try {
    captureStackTrace(captured, below);
  } finally {
    if (limit === undefined) {
      if (free) Reflect.deleteProperty(Error, 'stackTraceLimit');
    } else if (free) {
      Error.stackTraceLimit = limit.value as number;
    }
  }
  return captured;
}

/**
 * Makes room in the stacks of errors for frames of ours, so that none of the program's are lost.
 *
 * @returns for {@link takeBackRoom}; null where the length of stacks is not ours to change
 */
export function makeRoom(frames: number): number | null {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit?.writable !== true || typeof limit.value !== 'number' || limit.value <= 0) return null;
  Error.stackTraceLimit = limit.value + frames;
  return Error.stackTraceLimit;
}

/** Unless the program has set a length of its own meanwhile. */
export function takeBackRoom(made: number | null, frames: number): void {
  if (made !== null && Error.stackTraceLimit === made) Error.stackTraceLimit = made - frames;
}

/** The frames of a stack that was taken, innermost first. Whatever formats stacks in this program is left as it was. */
export function framesOf(captured: Captured): readonly NodeJS.CallSite[] {
  if (captured.frames !== undefined) return captured.frames;
  let frames: readonly NodeJS.CallSite[] = [];
  withFormatter(
    (_error, sites) => {
      frames = sites;
      return '';
    },
    () => void captured.stack,
  );
  captured.frames = frames;
  return frames;
}

/** The stack of an error as text, without the program's own way to format it. */
export function plainStackOf(error: Error): string {
  let text = '';
  const read = (): void => {
    text = error.stack ?? `${error.name}: ${error.message}`;
  };
  withFormatter((_error, sites) => [`${error.name}: ${error.message}`, ...sites].join('\n    at '), read);
  return text;
}

/** Runs `act` while stacks are formatted by `format`; not at all where Error is frozen. */
function withFormatter(format: NonNullable<typeof Error.prepareStackTrace>, act: () => void): void {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  if (before === undefined ? !Object.isExtensible(Error) : before.configurable !== true) return;
  Object.defineProperty(Error, 'prepareStackTrace', { value: format, configurable: true, writable: true });
  try {
    act();
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', before);
  }
}
