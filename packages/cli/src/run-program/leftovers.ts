import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What processes would have told at their exit, had they had one: each leaves it in the spool until it told it. */
export function leftoverReports(spool: string): string[] {
  return readdirSync(spool)
    .filter((name) => name.startsWith('hidden-'))
    .toSorted()
    .map((name) => readFileSync(join(spool, name), 'utf8'));
}
