import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/** How often what is full is tried again, a millisecond apart: what nobody reads is lost, the program goes on. */
const patience = 200;

/** Octets written to a socket: less than the smallest buffer holds. */
const mostToSocket = 65_536;

let toSocket = 0;

/**
 * Writes to stderr at once, since the program may be about to end, and past `process.stderr`, which is the program's.
 * Never throws, and never waits for long: a pipe may be full and read by nobody.
 */
export function toStderr(text: string): void {
  try {
    const kind = fstatSync(2);
    if (kind.isFIFO()) toPipe(text);
    // Nothing tells whether anybody reads a socket: what fits into any is written, and then no more.
    else if (!kind.isSocket()) put(2, text);
    else if (toSocket <= mostToSocket) {
      toSocket += Buffer.byteLength(text);
      put(
        2,
        toSocket <= mostToSocket ? text : 'altname: more was found; ALTNAME_OUTPUT=FILE takes all of it\n',
      );
    }
  } catch {
    // Nobody is there to be told.
  }
}

/** A pipe is opened anew, where that can be, for a way into it that does not wait and is nobody else's. */
function toPipe(text: string): void {
  let descriptor: number;
  try {
    if (process.platform !== 'linux') throw new Error('elsewhere it would be the same way');
    descriptor = openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    // ENXIO: nobody reads it at all.
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') put(2, text);
    return;
  }
  try {
    put(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether what came before could be written. */
let flows = true;

/** Writes all of a text to a file or pipe, or what it takes in time. @throws what `fs.writeSync` throws */
export function put(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  let tries = flows ? 0 : patience;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
      tries = 0;
      flows = true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (++tries > patience) {
        flows = false;
        return;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Safe to print: nothing of the program or the network can steer a terminal. */
export function asText(text: string): string {
  return text.slice(0, 4000).replace(/[^\x20-\x7e\n]/g, '?');
}
