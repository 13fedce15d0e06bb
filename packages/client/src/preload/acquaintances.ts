import { framesOf, type Captured } from './capture.ts';
import { isObject } from './given.ts';
import type { ConnectOptions } from './sighting.ts';

/**
 * What agents of `http` have been asked for before. To take a stack is most of what the watch costs a connection, and it
 * is needed only for one that fails: what stood a few times is taken to be asked for from where it was asked for then,
 * with a look at the stack now and then. When it fails, every stack is taken again.
 */
export class Acquaintances {
  readonly #byAgent = new WeakMap<object, Agent>();

  /** @returns null for what no agent is just now asked for, and where there is no room */
  of(request: unknown, options: ConnectOptions, hostHeader: string | null): Acquaintance | null {
    const { _agentKey: key, socket } = options;
    if (!isObject(request) || typeof key !== 'string' || socket !== undefined) return null;
    const agent: unknown = Object.getOwnPropertyDescriptor(request, 'agent')?.value;
    if (!isObject(agent)) return null;
    let known = this.#byAgent.get(agent);
    if (known === undefined) this.#byAgent.set(agent, (known = { ends: new Map(), size: 0 }));
    let end = known.ends.get(key);
    if (end === undefined) {
      if (known.size >= most) return null;
      known.ends.set(key, (end = new Map()));
    }
    const kind = kindOf(request);
    const acquaintance = end.get(kind);
    if (acquaintance?.isFor(options, hostHeader) === true) return acquaintance;
    if (acquaintance === undefined && known.size++ >= most) return null;
    const next = new Acquaintance(options, hostHeader);
    end.set(kind, next);
    return next;
  }
}

/** By the key of the agent's pool, and then by kind of request. */
interface Agent {
  readonly ends: Map<string, Map<string, Acquaintance>>;
  size: number;
}

/**
 * Method and first folder of a request: what a program asks for at two places differs in them as a rule. They are
 * compared, and never told.
 */
function kindOf(request: object): string {
  try {
    // On Node 24 and 26 the path is not the request's own, but its class's.
    const { method, path } = request as { method?: unknown; path?: unknown };
    const folder = typeof path === 'string' ? /^\/?[^/?]{0,64}/.exec(path)?.[0] : '';
    return `${String(method)} ${folder}`;
  } catch {
    // Something else that a program gives to an agent.
    return '';
  }
}

/** One kind of request of one agent, with the names and the trust that its connections are made with. */
export class Acquaintance {
  readonly #options: ConnectOptions;
  readonly #hostHeader: string | null;
  #asked = 0;
  #stood = 0;
  /** What the stacks of those that stood have in common, innermost first. */
  #common: readonly NodeJS.CallSite[] = [];
  /** The connections since ask for it: one object, whose frames are not read again. */
  #way: Captured | null = null;

  constructor(options: ConnectOptions, hostHeader: string | null) {
    const { host, port, servername, ca, secureContext, checkServerIdentity, rejectUnauthorized } = options;
    this.#options = { host, port, servername, ca, secureContext, checkServerIdentity, rejectUnauthorized };
    this.#hostHeader = hostHeader;
  }

  isFor(options: ConnectOptions, hostHeader: string | null): boolean {
    const own = this.#options;
    return (
      own.host === options.host &&
      own.port === options.port &&
      own.servername === options.servername &&
      own.ca === options.ca &&
      own.secureContext === options.secureContext &&
      own.checkServerIdentity === options.checkServerIdentity &&
      own.rejectUnauthorized === options.rejectUnauthorized &&
      this.#hostHeader === hostHeader
    );
  }

  /** The stack of a connection that is being made; null when it has to be taken. */
  way(): Captured | null {
    if (this.#stood < introductions || ++this.#asked % interval === 0) return null;
    return this.#way;
  }

  /** A connection whose stack was taken stands. */
  stood(captured: Captured): void {
    if (captured === this.#way) return;
    const frames = framesOf(captured);
    const { length } = this.#common;
    if (this.#stood++ === 0) this.#common = frames.map(plain);
    else this.#common = agreed(this.#common, frames);
    if (this.#way === null || this.#common.length < length) this.#way = { frames: this.#common };
  }

  /** One has failed: those that come may come from elsewhere. */
  failed(): void {
    this.#stood = 0;
    this.#way = null;
  }
}

/** Connections whose stack is taken first, and then each how many. A prime, which few programs count by. */
const introductions = 8;
const interval = 31;

/** Kinds of requests of one agent. */
const most = 256;

/**
 * The innermost frames of a stack, as far as another one comes from the same place. Frames of Node are not compared: one
 * request takes another way in there than the next.
 */
function agreed(
  frames: readonly NodeJS.CallSite[],
  others: readonly NodeJS.CallSite[],
): readonly NodeJS.CallSite[] {
  const rest = others.filter((frame) => !isOfNode(frame)).values();
  const end = frames.findIndex((frame) => !isOfNode(frame) && !isSame(frame, rest.next().value));
  return end === -1 ? frames : frames.slice(0, end);
}

function isOfNode(frame: NodeJS.CallSite): boolean {
  return frame.getFileName()?.startsWith('node:') === true;
}

function isSame(frame: NodeJS.CallSite, other: NodeJS.CallSite | undefined): boolean {
  return (
    frame.getFileName() === other?.getFileName() &&
    frame.getLineNumber() === other?.getLineNumber() &&
    frame.getColumnNumber() === other?.getColumnNumber()
  );
}

/** A frame without what it holds: a frame of V8 keeps alive what was on the stack. */
function plain(frame: NodeJS.CallSite): NodeJS.CallSite {
  const file = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  const called = frame.getFunctionName();
  const type = frame.getTypeName();
  return {
    getFileName: () => file,
    getLineNumber: () => line,
    getColumnNumber: () => column,
    getFunctionName: () => called,
    getTypeName: () => type,
  } as NodeJS.CallSite;
}
