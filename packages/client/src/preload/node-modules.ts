/** Those of Node's own modules in which the preload puts something of its own. */
export interface Arrivals {
  net(): void;
  tls(): void;
  http(): void;
}

/**
 * Node's own modules, as the program comes to load them. To load TLS for a program that may never use it takes 10 to
 * 20 ms of its start; so the program is let load it, and is watched from then on. Node writes down what it has loaded
 * in `process.moduleLoadList`; the list is looked at whenever an emitter is made, which every connection is.
 *
 * `net` and `tls` make no emitter while they load: when one is made, they are complete. `http` makes one, the global
 * agent, in the middle; it is complete when its client is there too, else when the next one is made.
 */
export class NodeModules {
  readonly #list = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList;
  readonly #arrivals: Arrivals;
  readonly #missing = new Map<string, keyof Arrivals>([
    ['NativeModule net', 'net'],
    ['NativeModule tls', 'tls'],
    ['NativeModule _http_agent', 'http'],
  ]);
  #seen = 0;
  #beginning = false;
  /** Whether there is still something to look for. */
  looking = true;

  constructor(arrivals: Arrivals) {
    this.#arrivals = arrivals;
  }

  /** Before the program runs: what is there already is complete; all is, where Node keeps no list. */
  begin(): void {
    for (const [line, name] of this.#missing) {
      if (this.#list?.includes(line) !== false) this.#arrived(line, name);
    }
    this.#seen = this.#list?.length ?? 0;
  }

  /** An emitter is being made. */
  look(): void {
    if (this.#beginning) {
      this.#beginning = false;
      this.#arrived('NativeModule _http_agent', 'http');
    }
    const list = this.#list ?? [];
    if (list.length === this.#seen) return;
    const more = list.slice(this.#seen);
    this.#seen = list.length;
    for (const [line, name] of this.#missing) {
      if (!more.includes(line)) continue;
      if (name === 'http' && !list.includes('NativeModule _http_client')) this.#beginning = true;
      else this.#arrived(line, name);
    }
  }

  /** The program is about to load it. */
  expect(name: 'tls'): void {
    if (this.#missing.has('NativeModule tls')) this.#arrived('NativeModule tls', name);
  }

  #arrived(line: string, name: keyof Arrivals): void {
    this.#missing.delete(line);
    this.looking = this.#missing.size > 0;
    this.#arrivals[name]();
  }
}
