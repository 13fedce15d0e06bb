import { readSettings, type Settings } from './settings.ts';
import { toStderr } from './stderr.ts';
import { watch } from './watch.ts';
import type { Memory, Witness } from './watch-contract.ts';

/** Says that a watch is kept in this thread, whichever copy of this package began it. */
const mark = Symbol.for('@altname/client/register');

/** Begins to watch this thread of this process, unless ALTNAME=off. `load` brings the part that tells. */
export function start(load: () => (settings: Settings, memory: Memory) => Witness): void {
  const settings = readSettings(process.env);
  if (settings.off || Object.hasOwn(process, mark)) return;
  Object.defineProperty(process, mark, { value: true });
  for (const complaint of settings.complaints) toStderr(`altname: ${complaint}\n`);
  watch((memory) => load()(settings, memory), settings.record && settings.spool !== null);
}
