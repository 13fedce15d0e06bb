import type { Diagnosis } from '@altname/core';
import type { Switch } from './sighting.ts';

/** One call site where a switch keeps Node from refusing. */
export interface Page {
  readonly switch: Switch;
  readonly diagnosis: Diagnosis;
  connections: number;
}

/** One cause at one call site. */
export interface Failure {
  readonly diagnosis: Diagnosis;
  count: number;
}

/** What was told already, so that the same cause from the same call site is told once, then counted. */
export class Notebook {
  readonly #failures = new Map<string, Failure>();
  readonly #pages = new Map<string, Page>();
  #more = 0;

  /** Whether another kind of failure could not be told. */
  get isFull(): boolean {
    return this.#failures.size >= mostEntries;
  }

  /** Enters a failure. Its count is 1 when it is new; null when there is no room to tell it. */
  failed(diagnosis: Diagnosis): Failure | null {
    const { app, cause, target, node } = diagnosis;
    const key = [cause?.code ?? node.error?.code, app?.callSite, app?.leg, app?.library, target].join('\n');
    const failure = this.#failures.get(key) ?? { diagnosis, count: 0 };
    if (failure.count === 0) {
      if (this.isFull) {
        this.passedOver();
        return null;
      }
      this.#failures.set(key, failure);
    }
    failure.count++;
    return failure;
  }

  /** A failure that was not even judged. */
  passedOver(): void {
    this.#more++;
  }

  /** Enters a connection past a switch. Its count is 1 when the page is new; null when there is no room. */
  hides(by: Switch, diagnosis: Diagnosis): Page | null {
    const { app, findings, target } = diagnosis;
    // A switch at one place can hide something else for every server that is reached from there.
    const found = findings.map(({ code }) => code);
    const key = [by, app?.callSite, app?.leg, target, ...found].join('\n');
    const page = this.#pages.get(key) ?? { switch: by, diagnosis, connections: 0 };
    if (page.connections === 0) {
      if (this.#pages.size >= mostEntries) return null;
      this.#pages.set(key, page);
    }
    page.connections++;
    return page;
  }

  /** Every call site past a switch, those that hide a fault first. */
  pages(): readonly Page[] {
    return [...this.#pages.values()].toSorted(
      (a, b) => Number(b.diagnosis.verdict !== 'accepted') - Number(a.diagnosis.verdict !== 'accepted'),
    );
  }

  /** The failures that came more than once. */
  repeated(): readonly Failure[] {
    return [...this.#failures.values()].filter(({ count }) => count > 1);
  }

  /** How many failures were not told, for want of room. */
  get untold(): number {
    return this.#more;
  }
}

/** Entries of each kind. A program that fails in more ways than this needs no longer list. */
const mostEntries = 200;
