import { sanText } from '../names/wanted-name.ts';
import { isDevelopmentName, isOwnAddress } from './development-name.ts';
import type { NameInUse } from './name-in-use.ts';

/** The names in use, parted by whether a new certificate should carry them. */
export interface NeededNames {
  /** Each once, in the order given; `name` is never null. */
  readonly needed: readonly NameInUse[];
  /** The others, each with its `problem`; each once. */
  readonly leftOut: readonly NameInUse[];
}

/**
 * What of the names in use a new certificate should carry. A program is seen to use the names of other people's
 * servers too: one that was accepted at a public address has its certificate already, and is left out with that reason.
 */
export function neededNames(names: readonly NameInUse[]): NeededNames {
  const needed = new Map<string, NameInUse>();
  const leftOut = new Map<string, NameInUse>();
  for (const each of names) {
    if (each.name === null || isServedElsewhere(each)) {
      const problem = each.problem ?? 'accepted as it is at a public address, with the certificate it has';
      leftOut.set(`${each.text}\n${each.from}`, { ...each, name: null, problem });
    } else {
      const key = sanText(each.name);
      if (!needed.has(key)) needed.set(key, each);
    }
  }
  return { needed: [...needed.values()], leftOut: [...leftOut.values()] };
}

function isServedElsewhere({ name, seen }: NameInUse): boolean {
  if (name === null || seen === undefined || seen.error !== null || seen.certificate === null) return false;
  return !isDevelopmentName(name) && !(seen.dialled !== null && isOwnAddress(seen.dialled));
}
