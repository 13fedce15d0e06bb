import type { Directive, Level } from './reader.ts';

/** What a directive is set to at a level, as nginx inherits it: the nearest one that stands at it or above. */
export type Setting =
  | { readonly kind: 'set'; readonly directive: Directive; readonly value: string }
  | { readonly kind: 'absent' }
  /** An included file may set it, or one that this file is included in. */
  | { readonly kind: 'unknown' };

/** Files that nginx comes with, and lists of sites: they set nothing about upstreams. */
const harmless =
  /(?:^|\/)(?:mime\.types|(?:fastcgi|scgi|uwsgi|proxy)_params|fastcgi[\w.-]*\.conf)$|modules-enabled\//;

/** Nothing about upstreams stands outside of these. */
export const isOutermost = (level: Level): boolean => level.name === 'http' || level.name === 'stream';

export function settingAt(level: Level, name: string): Setting {
  let isUnknown = false;
  for (let at: Level | null = level; at !== null; at = at.above) {
    const directive = namesOf(at).get(name);
    if (directive !== undefined) {
      return isUnknown
        ? { kind: 'unknown' }
        : { kind: 'set', directive, value: directive.words[0]?.text ?? '' };
    }
    if (namesOf(at).has('include')) isUnknown = true;
    if (isOutermost(at)) return { kind: isUnknown ? 'unknown' : 'absent' };
  }
  return { kind: 'unknown' };
}

const names = new WeakMap<Level, ReadonlyMap<string, Directive>>();

/** The directives of a level by name; as `include` one that may set something. */
function namesOf(level: Level): ReadonlyMap<string, Directive> {
  const known = names.get(level);
  if (known !== undefined) return known;
  const found = new Map<string, Directive>();
  for (const directive of level.directives) {
    if (directive.name === 'include' && harmless.test(directive.words[0]?.text ?? '')) continue;
    if (!found.has(directive.name)) found.set(directive.name, directive);
  }
  names.set(level, found);
  return found;
}
