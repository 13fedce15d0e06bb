import { AltnameError, nearestWord, printable } from '@altname/core';

/** What is wrong with a configuration, in one line that begins with the key. */
export function fault(key: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `${key}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

/**
 * Refuses keys that nobody reads: an option that is not read is a promise that nobody keeps.
 *
 * @param key where the object stands; empty for the configuration itself
 */
export function readKeys(
  key: string,
  given: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw fault(key === '' ? 'configuration' : key, `an object with ${known.join(', ')} is expected`);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const place = key === '' ? '' : `${key}.`;
    const shown = /^[\w-]{1,60}$/.test(name) ? name : `"${printable(name, 60)}"`;
    const near = nearestWord(name, known);
    const meant = near === null ? '' : `; did you mean ${near}?`;
    const why = `there is no such option${meant} (${known.join(', ')})`;
    throw fault(`${place}${shown}`, why);
  }
  return given as Record<string, unknown>;
}
