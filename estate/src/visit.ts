import { diagnose, exitCodeOf, type Diagnosis } from '@altname/core';
import type { Estate } from './estate.ts';
import { exhibits } from './evidence/all.ts';
import { examine } from './examine.ts';
import { differences } from './expectation.ts';
import type { Expected } from './server.ts';

/** One server or exhibit, and what was found. */
export interface Visit {
  readonly group: string;
  readonly name: string;
  readonly title: string;
  readonly expected: Expected;
  /** Null when it cannot be shown here. */
  readonly diagnosis: Diagnosis | null;
  /** Where the diagnosis is not the expected one. */
  readonly wrong: readonly string[];
  /** Why there is no diagnosis, or why it is one of stored evidence. */
  readonly note: string | null;
}

/** Checks every server that runs, a few at a time. */
export async function visitServers(estate: Estate): Promise<Visit[]> {
  return inParallel(estate.servers, 8, async (server) => {
    const { group, declaration, unavailable } = server;
    const { name, title, expected } = declaration;
    const visit = { group, name, title, expected, note: unavailable };
    if (unavailable !== null) return { ...visit, diagnosis: null, wrong: [] };
    const diagnosis = await examine(server);
    return { ...visit, diagnosis, wrong: differences(diagnosis, exitCodeOf(diagnosis), expected) };
  });
}

/** Diagnoses the evidence made by hand. */
export async function visitExhibits({ world }: Estate): Promise<Visit[]> {
  return inParallel(exhibits, exhibits.length, async ({ group, name, title, expected, reason, evidence }) => {
    const diagnosis = diagnose(await evidence(world));
    const wrong = differences(diagnosis, exitCodeOf(diagnosis), expected);
    return { group, name, title, expected, diagnosis, wrong, note: `stored evidence: ${reason}` };
  });
}

/** The results in the order of the items, with at most `width` of them in work. */
async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
