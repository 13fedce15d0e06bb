import type { Captured } from './capture.ts';
import type { ConnectOptions, UndiciConnect } from './sighting.ts';

/**
 * What undici said before it connected, until the connection is made that it was about. A direct one is made at once;
 * one through a proxy only when the proxy has answered, and by then the words, and the stack they were said on, are
 * gone: they are kept by host and port.
 */
export class UndiciWords {
  #latest: UndiciConnect | null = null;
  readonly #kept = new Map<string, UndiciConnect>();

  /** Whether there is anything to take. */
  get any(): boolean {
    return this.#latest !== null || this.#kept.size > 0;
  }

  /** undici is about to connect. */
  said(parameters: UndiciConnect | null, captured: Captured): void {
    this.#latest = parameters === null ? null : { ...parameters, captured };
    if (this.#latest === null) return;
    if (this.#kept.size >= mostKept) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(placeOf(this.#latest.hostname, this.#latest.port), this.#latest);
  }

  /** A connection is made with these options of `tls.connect`; null when undici has no part in it. */
  take({ socket, host, port }: ConnectOptions): UndiciConnect | null {
    const place = placeOf(host, port);
    const words =
      typeof socket === 'object' && socket !== null ? (this.#kept.get(place) ?? null) : this.#latest;
    this.#latest = null;
    this.#kept.delete(place);
    return words;
  }

  /** A connection without TLS is made: the latest words were about that. */
  pass(): void {
    if (this.#latest !== null) this.#kept.delete(placeOf(this.#latest.hostname, this.#latest.port));
    this.#latest = null;
  }
}

/** Connections that wait for a proxy; those that never come are given up, the oldest first. */
const mostKept = 32;

function placeOf(host: unknown, port: unknown): string {
  return `${String(host)}:${String(port || 443)}`;
}
