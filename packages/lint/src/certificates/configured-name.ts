import { matchName, readIdentifier, type Identifier, type PresentedNames } from '@altname/core';

/**
 * The name that a configuration gives a server: a DNS name, perhaps with `*.` in front, or an address. Null for what is
 * none: a placeholder, a pattern, the address of no machine.
 */
export function configuredName(text: string): Identifier | null {
  const plain = /^\[([^\]]*)\]$/.exec(text)?.[1] ?? text;
  if (plain === '0.0.0.0' || plain === '::') return null;
  const below = plain.startsWith('*.') ? plain.slice(2) : plain;
  const read = readIdentifier(below);
  if (typeof read === 'string') return null;
  if (below === plain) return read;
  return read.kind === 'dns' ? { kind: 'dns', value: `*.${read.value}` } : null;
}

/** Whether a configured name is one of those presented. A wildcard is asked for by a name that it stands for. */
export function isPresented({ value }: Identifier, presented: PresentedNames): boolean {
  return matchName(value.replace(/^\*(?=\.)/, 'wildcard-label'), presented).matches;
}
