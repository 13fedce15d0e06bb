import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Diagnosis } from '../src/diagnosis/diagnosis.ts';

const folder = new URL('../../test/golden/', import.meta.url);

/** Compares a text with a golden file; with `UPDATE_GOLDEN=1` it writes the file instead. */
export function matchesGolden(name: string, actual: string): void {
  const file = new URL(name, folder);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${actual}\n`);
  assert.ok(
    existsSync(file),
    `no golden file ${name}: run again with UPDATE_GOLDEN=1, and read what it wrote`,
  );
  assert.equal(`${actual}\n`, readFileSync(file, 'utf8'));
}

/** The hand-written diagnoses, by name. */
export const diagnoses: Readonly<Record<string, Diagnosis>> = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      file.slice(0, -'.json'.length),
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Diagnosis,
    ]),
);

/** One of {@link diagnoses}. */
export function diagnosisOf(name: string): Diagnosis {
  const diagnosis = diagnoses[name];
  assert.ok(diagnosis, `no golden diagnosis ${name}`);
  return diagnosis;
}
