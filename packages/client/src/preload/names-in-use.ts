import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Evidence } from '@altname/core';

/**
 * One line of what a process leaves for `altname run --record`: names, nothing of what is said over the connection.
 * A line counts what came since the line before with the same names.
 */
export interface NameInUse {
  readonly asked: string | null;
  /** `address:port`, or `host:port` where the address is not known. */
  readonly dialled: string;
  readonly sent: string | null;
  readonly checked: string | null;
  readonly host: string | null;
  /** SHA-256 of the leaf certificate; null when none came. */
  readonly certificate: string | null;
  /** The code of the error; null when the connection stands. */
  readonly error: string | null;
  readonly client: string | null;
  readonly callSite: string | null;
  readonly count: number;
}

/** Writes the names in use into the folder of `altname run`. */
export class NamesInUse {
  readonly #file: string;
  readonly #entries = new Map<string, { readonly entry: NameInUse; more: number }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(spool: string) {
    this.#file = join(spool, `names-${process.pid}-${threadId}.jsonl`);
  }

  /** Enters a connection. @returns what {@link again} takes for another like it; null when there is no room */
  enter(evidence: Evidence): string | null {
    const entry = entryOf(evidence);
    const key = JSON.stringify(entry);
    if (this.#entries.has(key)) this.again(key);
    else if (this.#entries.size >= mostEntries) return null;
    else {
      this.#entries.set(key, { entry, more: 0 });
      this.#write([entry]);
    }
    return key;
  }

  /** Counts a connection of the same names. */
  again(key: string): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    known.more++;
    // A process can be killed: what is counted is written now and then.
    this.#timer ??= setTimeout(() => this.close(), 1000).unref();
  }

  /** Writes what was counted since. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const counted = [...this.#entries.values()].filter(({ more }) => more > 0);
    this.#write(counted.map(({ entry, more }) => ({ ...entry, count: more })));
    for (const each of counted) each.more = 0;
  }

  #write(entries: readonly NameInUse[]): void {
    if (entries.length === 0) return;
    try {
      appendFileSync(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    } catch {
      // The command that wanted them has gone.
    }
  }
}

/** Names kept of one process. */
const mostEntries = 20_000;

function entryOf({ names, attempts, client, app }: Evidence): NameInUse {
  const { asked, dialled, sent, checked, host } = names;
  const outcome = attempts[0]?.outcome;
  const to = dialled.address ?? dialled.host;
  const error =
    outcome === undefined
      ? null
      : outcome.kind === 'handshake'
        ? (outcome.chainError ?? outcome.nameError)
        : 'error' in outcome
          ? (outcome.error ?? null)
          : null;
  return {
    asked: asked.value,
    dialled: to.startsWith('/') ? to : `${to.includes(':') ? `[${to}]` : to}:${dialled.port}`,
    sent: sent.value,
    checked: checked.value,
    host: host.value,
    certificate: outcome?.kind === 'handshake' ? (outcome.chain[0] ?? null) : null,
    error: error?.code ?? null,
    client,
    callSite: app?.callSite ?? null,
    count: 1,
  };
}
