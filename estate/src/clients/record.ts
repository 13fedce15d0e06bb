import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ClientName } from '@altname/core';
import type { Mode } from '../recipes/plain.ts';
import type { ClientFacts } from './facts.ts';
import type { Subject } from './subjects.ts';
import type { RecipeKind, Trial } from './trials.ts';

/** What was measured of one client in one version, in one way of connecting. */
export interface Measured extends ClientFacts {
  /** The recipes that worked, and for what; ::1 is left out, for not every machine has it. */
  readonly recipes: Readonly<Partial<Record<RecipeKind, readonly string[]>>>;
}

/** The same on these Node lines. */
interface RecordedFacts {
  readonly lines: readonly string[];
  readonly facts: Measured;
}

/** One row of the page. */
export interface RecordedClient {
  readonly client: ClientName;
  /** Of its package; `node` for what comes with Node. */
  readonly version: string;
  readonly mode: Mode;
  readonly measured: readonly RecordedFacts[];
}

/** The content of docs/clients.json. */
export interface ClientRecord {
  /** For every Node line, the version that was measured on. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly clients: readonly RecordedClient[];
}

/** The line of the running Node: a patch version that was not measured is compared with its line. */
export const nodeLine: string = process.versions.node.split('.')[0] ?? '';

const dataFile = new URL('../../../../docs/clients.json', import.meta.url);

export function readRecord(): ClientRecord {
  return JSON.parse(readFileSync(dataFile, 'utf8')) as ClientRecord;
}

/** Writes the data as the formatter of this repository leaves it: lists of texts stand in one line. */
export function writeRecord(record: ClientRecord): void {
  const text = JSON.stringify(record, null, 2).replace(
    /\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g,
    (_, items: string) => {
      return `[${items.replace(/,\s+/g, ', ')}]`;
    },
  );
  writeFileSync(dataFile, `${text}\n`);
}

/** What stands there for a subject on this Node line; null when it was not measured. */
export function recordedFor({ clients }: ClientRecord, { client, version, mode }: Subject): Measured | null {
  const row = clients.find(
    (each) => each.client === client && each.version === version && each.mode === mode,
  );
  return row?.measured.find(({ lines }) => lines.includes(nodeLine))?.facts ?? null;
}

/** The record with what was measured on this Node line in place of what stood there for it. */
export function withMeasured(
  { nodes, clients }: ClientRecord,
  measured: readonly (readonly [Subject, Measured | null])[],
): ClientRecord {
  return {
    nodes: { ...nodes, [nodeLine]: process.versions.node },
    clients: measured.map(([{ client, version, mode }, facts]) => {
      const row = clients.find(
        (each) => each.client === client && each.version === version && each.mode === mode,
      );
      const others = (row?.measured ?? [])
        .map((each) => ({ lines: each.lines.filter((line) => line !== nodeLine), facts: each.facts }))
        .filter(({ lines }) => lines.length > 0);
      return { client, version, mode, measured: facts === null ? others : added(others, facts) };
    }),
  };
}

/** The recipes among the trials of a client that worked, by kind. */
export function recipesOf(results: readonly (readonly [Trial, true | null])[]): Measured['recipes'] {
  const recipes: Partial<Record<RecipeKind, string[]>> = {};
  for (const [{ kind, title, ipv6 }, worked] of results) {
    if (worked === true && !ipv6) (recipes[kind] ??= []).push(title);
  }
  return recipes;
}

function added(others: readonly RecordedFacts[], facts: Measured): RecordedFacts[] {
  const same = others.find((each) => isDeepStrictEqual(each.facts, facts));
  const all = same === undefined ? [...others, { lines: [nodeLine], facts }] : [...others];
  return all
    .map((each) => (each === same ? { lines: [...each.lines, nodeLine].sort(), facts } : each))
    .sort((a, b) => Number(a.lines[0]) - Number(b.lines[0]));
}
