import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { framesOf } from './capture.ts';
import { packageOf } from './package-name.ts';
import type { Sighting } from './sighting.ts';

/** What is alike in connections that would be judged alike. */
export interface Likeness {
  readonly key: string;
  /** Whether the place in the program is part of it: without, each may come from another place. */
  readonly placed: boolean;
}

/** Characters of one part of a key. */
const longest = 200;

/** Reads only what lies at hand: the names, the error, the leaf certificate and the stack as it runs, unmapped. */
export function likenessOf(sighting: Sighting, error: unknown): Likeness {
  const { options, hostHeader, undici, beneath, address, shown, captured } = sighting;
  const { host, hostname, port, path, servername } = options;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const leaf = shown?.chain[0];
  const place = captured === null ? null : placeIn(framesOf(captured));
  const key = [
    ...[code, message, host, hostname, port, path, servername, hostHeader, undici?.servername],
    ...[beneath?.host, beneath?.port, beneath?.leadsTo, address, sighting.switch, shown?.chainError?.code],
    leaf === undefined ? '' : createHash('sha256').update(leaf).digest('base64'),
    place,
  ];
  return { key: key.map((part) => String(part).slice(0, longest)).join('\n'), placed: place !== null };
}

/** The innermost frame of the program itself. */
function placeIn(frames: readonly NodeJS.CallSite[]): string | null {
  for (const frame of frames) {
    const file = frame.getFileName();
    if (typeof file !== 'string' || file.startsWith('node:') || packageOf(file) !== null) continue;
    if (dirname(file) === dirname(import.meta.filename)) continue;
    return `${frame.getLineNumber()}:${frame.getColumnNumber()}:${file}`;
  }
  return null;
}

/** Connections by their likeness: each kind is judged once, and from then on it is only counted. */
export class Kinds<T> {
  readonly #known = new Map<string, { readonly entry: T; count: number }>();
  readonly #most: number;

  /** @param most kinds that are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  /** What such a connection was entered as; null when it has to be judged. */
  again({ key, placed }: Likeness): T | null {
    const known = this.#known.get(key);
    if (known === undefined) return null;
    known.count++;
    return placed || known.count > mostUnplaced ? known.entry : null;
  }

  enter({ key }: Likeness, entry: T): void {
    const count = this.#known.get(key)?.count ?? 1;
    if (count > 1 || this.#known.size < this.#most) this.#known.set(key, { entry, count });
  }
}

/** Connections alike that are judged one by one where the stack does not show the program. */
const mostUnplaced = 50;
