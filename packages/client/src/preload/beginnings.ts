import { capture, framesOf, type Captured } from './capture.ts';
import { packageOf } from './package-name.ts';
import { isPatcher } from './patchers.ts';

/** Something that a library made on the program's behalf, and the stack on which it did. */
export interface Beginning {
  readonly made: WeakRef<object>;
  readonly captured: Captured;
}

/**
 * Where the objects of client libraries were made. Some libraries connect only in a later turn of the event loop,
 * when the program is no longer on the stack; what they made for the program, an emitter, was made on it.
 *
 * A class is looked at once: those of Node are ordinary, and cost one lookup from then on. So are those of the program
 * itself, after a while: a bundle may hold libraries too, which only its source map knows.
 */
export class Beginnings {
  readonly #ordinary = new WeakSet<object>();
  readonly #packages = new WeakMap<object, Rememberer>();
  readonly #byPackage = new Map<string | null, Rememberer>();
  #looked = 0;

  constructor(ordinary: readonly Class[]) {
    this.areOrdinary(ordinary);
  }

  /** Classes of Node, which programs make by the thousand. */
  areOrdinary(classes: readonly Class[]): void {
    for (const { prototype } of classes) this.#ordinary.add(prototype);
  }

  /** Whether nothing has to be remembered of emitters of a prototype. */
  isOrdinary(kind: unknown): boolean {
    return kind === null || this.#ordinary.has(kind as object);
  }

  /**
   * An emitter is being made. `kind` is its prototype: a class that EventEmitter was mixed into has the constructor of
   * EventEmitter. `below` is the function that stands in for `EventEmitter.init`.
   */
  // oxlint-disable-next-line typescript/no-unsafe-function-type
  enter(made: object, kind: object, below: Function): void {
    if (typeof kind !== 'object') return;
    const known = this.#packages.get(kind);
    if (known !== undefined) {
      if (known.wants) known.add(made, capture(below));
      else if (known === this.#byPackage.get(null)) this.#ordinary.add(kind);
      return;
    }
    if (this.#looked >= mostClasses) return;
    this.#looked++;
    const captured = capture(below);
    const owner = ownerOf(captured);
    const rememberer =
      this.#byPackage.get(owner) ?? new Rememberer(owner !== null && lateLibraries.has(owner));
    this.#byPackage.set(owner, rememberer);
    this.#packages.set(kind, rememberer);
    if (rememberer.wants) rememberer.add(made, captured);
  }

  /** What a package made, latest first. Asking for it says that the package connects late. */
  of(owner: string): readonly Beginning[] {
    const rememberer = this.#byPackage.get(owner);
    if (rememberer === undefined) return [];
    rememberer.late = true;
    return rememberer.all();
  }

  /** What was made by code of the program, or of what it was bundled with, latest first. */
  ofProgram(): readonly Beginning[] {
    return this.#byPackage.get(null)?.all() ?? [];
  }
}

interface Class {
  readonly prototype: object;
}

/** Classes that are looked at: a program that makes classes without end is not followed. */
const mostClasses = 1000;

/** Objects kept of a package: so many of the first that still live, for clients are made early; and of the latest. */
const kept = 32;

/** Objects of a package that never connected late; then it is left in peace. */
const trial = 256;

/** Those that are known to connect late. */
const lateLibraries: ReadonlySet<string> = new Set(['got', 'superagent', 'ioredis', 'nodemailer', 'tedious']);

class Rememberer {
  late: boolean;
  readonly #first: WeakRef<object>[] = [];
  readonly #latest: WeakRef<object>[] = [];
  /** A stack keeps alive what was on it: it goes with what was made. */
  readonly #stacks = new WeakMap<object, Captured>();
  #count = 0;
  #turn = 0;

  constructor(late: boolean) {
    this.late = late;
  }

  get wants(): boolean {
    return this.late || this.#count < trial;
  }

  add(made: object, captured: Captured): void {
    const reference = new WeakRef(made);
    this.#stacks.set(made, captured);
    this.#count++;
    // One of the first is looked at in each turn: the dead make room.
    const place = this.#first.length < kept ? this.#first.length : this.#count % kept;
    if (this.#first[place]?.deref() === undefined) this.#first[place] = reference;
    else this.#latest[this.#turn++ % kept] = reference;
  }

  /** The latest come first. */
  all(): readonly Beginning[] {
    const next = this.#turn % kept;
    const latest = [...this.#latest.slice(next), ...this.#latest.slice(0, next)].reverse();
    return [...latest, ...this.#first.toReversed()].flatMap((reference) => {
      const made = reference.deref();
      const captured = made === undefined ? undefined : this.#stacks.get(made);
      return captured === undefined ? [] : [{ made: reference, captured }];
    });
  }
}

/** The undici in Node: its `fetch` makes an emitter for each call, and connects later where there is a body to send. */
export const undiciOfNode = 'node:internal/deps/undici';

/**
 * The package whose code made the object: that of the innermost frame that is not Node's, or undici's in Node; one that
 * patches others only where nothing else is on the stack.
 */
function ownerOf(captured: Captured): string | null {
  let patcher: string | null = null;
  for (const frame of framesOf(captured)) {
    const file = frame.getFileName();
    if (typeof file !== 'string') continue;
    if (file.startsWith(undiciOfNode)) return undiciOfNode;
    if (file.startsWith('node:')) continue;
    const owner = packageOf(file)?.name ?? null;
    if (!isPatcher(owner)) return owner;
    patcher ??= owner;
  }
  return patcher;
}
