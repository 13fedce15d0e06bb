import { inspect } from 'node:util';

/** One way in which a failure came to the program. */
export interface Telling {
  /** `promise`, `callback`, or an event: `'error' event`. */
  readonly by: string;
  /** The class of the error. */
  readonly name: string;
  readonly code: string | null;
  /** Where `ERR_TLS_CERT_ALTNAME_INVALID` is from there: `code`, `cause.code`; null when nowhere. */
  readonly at: string | null;
  /** The message has the words of Node about the names. */
  readonly inMessage: boolean;
}

/** What clients have in common with EventEmitter, typed or not. */
interface Emitter {
  on(event: any, listener: (error: any) => void): unknown;
  once(event: any, listener: (value: any) => void): unknown;
}

/** Collects how a failure comes to a program. */
export class Ear {
  readonly tellings: Telling[] = [];
  /** Every error, with all its causes. */
  readonly texts: string[] = [];
  readonly #waitedFor = new Set<unknown>();

  /** Waits for an event; an `error` event before it is heard, and thrown. */
  async event(emitter: Emitter, name: string): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      emitter.once(name, resolve);
      emitter.on('error', (error) => {
        this.#waitedFor.add(error);
        this.hear(`'error' event`, error);
        reject(error);
      });
    });
  }

  /** Listens to one more event for as long as the process lives. */
  overhear(emitter: Emitter, name = 'error', of = ''): void {
    emitter.on(name, (error: unknown) => this.hear(`'${name}' event${of}`, error));
  }

  /** Calls a function whose last argument is a callback that gets an error, or null or undefined. */
  async callback(call: (done: (error: unknown) => void) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      call((error) => {
        if (error === null || error === undefined) {
          resolve();
          return;
        }
        this.#waitedFor.add(error);
        this.hear('callback', error);
        reject(error);
      });
    });
  }

  /** What is thrown is the promise's, unless an event or a callback was waited for. It is told first. */
  thrown(error: unknown): void {
    if (!this.#waitedFor.has(error)) this.hear('promise', error, true);
  }

  hear(by: string, error: unknown, first = false): void {
    this.texts.push(inspect(error, { depth: 6 }).slice(0, 10_000));
    const told = { by, ...look(error) };
    if (this.tellings.some((each) => JSON.stringify(each) === JSON.stringify(told))) return;
    if (first) this.tellings.unshift(told);
    else this.tellings.push(told);
  }
}

const wanted = 'ERR_TLS_CERT_ALTNAME_INVALID';
const wordsOfNode = /is not in the cert's (altnames|list)/;

/** Under which properties of an error its reason may be. */
const ways = ['cause', 'reason', 'lastNodeError', 'originalError', 'previousErrors', 'errors'] as const;

function look(error: unknown): Omit<Telling, 'by'> {
  const { message, code } = asRecord(error);
  return {
    name: error instanceof Error ? error.constructor.name : typeof error,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    at: findCode(error),
    inMessage: wordsOfNode.test(String(message)),
  };
}

/** The shortest way to the code: breadth first, at most five steps. */
function findCode(error: unknown): string | null {
  let level: readonly (readonly [string, unknown])[] = [['', error]];
  for (let depth = 0; depth < 5; depth++) {
    for (const [path, value] of level) {
      if (asRecord(value)['code'] === wanted) return `${path}code`;
    }
    level = level.flatMap(([path, value]) =>
      ways.flatMap((way): [string, unknown][] => {
        const next = asRecord(value)[way];
        if (Array.isArray(next)) return next.map((each, at) => [`${path}${way}[${at}].`, each]);
        return typeof next === 'object' && next !== null ? [[`${path}${way}.`, next]] : [];
      }),
    );
  }
  return null;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
