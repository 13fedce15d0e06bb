/** Something that may wait for so long and no longer. */
export interface Wait {
  /** When it has waited for too long, by {@link waitsUntil}; Infinity while it waits for nothing. */
  readonly deadline: number;
  /** Where it stands among those that are watched; -1 for one that is not. */
  place: number;
  /** It has waited for too long. */
  expire(): void;
}

/** Milliseconds from one look to the next. */
const step = 200;

const waits: Wait[] = [];
let clock: NodeJS.Timeout | null = null;
/** Of a clock that stands still while the process does, so that nothing is late because nobody looked. */
let now = 0;

/**
 * Watches over a wait. All are looked at by one timer: a timer of its own for each request costs more than all else that
 * is done with it, and is kept long enough to be old when it is collected.
 */
export function watch(wait: Wait): void {
  if (wait.place === -1) wait.place = waits.push(wait) - 1;
  clock ??= setInterval(look, step).unref();
}

export function unwatch(wait: Wait): void {
  const { place } = wait;
  if (place === -1) return;
  wait.place = -1;
  const last = waits.pop();
  if (last === undefined || last === wait) return;
  waits[place] = last;
  last.place = place;
}

/** The deadline for so many milliseconds from now, while something is watched: never too early, and two steps late at most. */
export function waitsUntil(milliseconds: number): number {
  return now + step + milliseconds;
}

function look(): void {
  now += step;
  // What expires is not watched any more, and another may have its place.
  for (const wait of waits.filter(({ deadline }) => deadline <= now)) wait.expire();
  if (waits.length > 0 || clock === null) return;
  clearInterval(clock);
  clock = null;
}
