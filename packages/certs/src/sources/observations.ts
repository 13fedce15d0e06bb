import { printable } from '@altname/core';
import type { NamesFound } from './name-in-use.ts';
import { asMapping, asText, mappingsIn, type Mapping } from './yaml-documents.ts';

/** The objects of a text with one JSON object a line, or of one JSON value; null when it is neither. */
export function jsonObjects(text: string): Mapping[] | null {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  if (!/^[[{]/.test(trimmed)) return null;
  const whole = parsed(trimmed);
  if (whole !== undefined) return objectsIn(whole);
  const lines = trimmed.split(/\r?\n/).filter((line) => line.trim() !== '');
  const values = lines.map(parsed);
  return values.every((value) => value !== undefined) ? values.flatMap(objectsIn) : null;
}

/** A line of `altname run --record`. */
export function isRecord(object: Mapping): boolean {
  return 'checked' in object && 'dialled' in object && 'certificate' in object;
}

/** A result of `altname check --json`, as docs/diagnosis.schema.json has it. */
export function isCheck(object: Mapping): boolean {
  return 'target' in object && 'verdict' in object && asMapping(object['names']) !== null;
}

/** The names that a program checked, the asked one where nothing was checked. */
export function recordedNames(objects: readonly Mapping[], found: NamesFound): void {
  for (const [index, object] of objects.entries()) {
    const place = asText(object['callSite']) ?? `entry ${index + 1}`;
    const name = asText(object['checked']) ?? asText(object['asked']);
    const uses = Number.isInteger(object['count']) ? Number(object['count']) : 1;
    const seen = {
      certificate: asText(object['certificate']),
      error: asText(object['error']),
      dialled:
        asText(object['dialled'])
          ?.replace(/:\d+$/, '')
          .replace(/^\[(.*)\]$/, '$1') ?? null,
    };
    enter(name, place, { uses, seen }, found);
  }
}

/** The names that were checked of each target, the asked one where nothing was. */
export function checkedNames(objects: readonly Mapping[], found: NamesFound): void {
  for (const object of objects) {
    const names = asMapping(object['names']) ?? {};
    const valueOf = (key: string): string | null => asText(asMapping(names[key])?.['value']);
    const dialled = asMapping(names['dialled']);
    const seen = {
      certificate: asText(asMapping(object['certificate'])?.['sha256']),
      error: asText(asMapping(asMapping(object['node'])?.['error'])?.['code']),
      dialled: asText(dialled?.['address']) ?? asText(dialled?.['host']),
    };
    enter(valueOf('checked') ?? valueOf('asked'), asText(object['target']) ?? '', { seen }, found);
  }
}

function enter(
  name: string | null,
  place: string,
  told: Parameters<NamesFound['add']>[2],
  found: NamesFound,
): void {
  if (name === null) found.refuse('', place, `no name was checked there (${printable(place, 100)})`, told);
  else found.add(name, place, told);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function objectsIn(value: unknown): Mapping[] {
  return mappingsIn(Array.isArray(value) ? value : [value]);
}
