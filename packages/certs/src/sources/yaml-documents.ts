import { isScalar, parseAllDocuments, visit, type Document } from 'yaml';
import { printable } from '@altname/core';
import { badSource } from './name-in-use.ts';

/** A mapping of a YAML or JSON file. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Larger files are parsed for longer than anybody waits: 8 MiB. */
const largestYaml = 8 * 1024 * 1024;
/** Aliases of aliases multiply; one anchor for each of a thousand services does not. */
const mostAliases = 1000;

/**
 * Every document of a YAML file, as plain data; anchors, merge keys (`<<`) and the tags of Compose (`!reset`) are
 * resolved.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line with the place, when it is no YAML, has a key twice, or is
 *   made to exhaust whoever reads it
 */
export function yamlDocuments(text: string, file: string): unknown[] {
  if (text.length > largestYaml) throw badSource(file, 'has over 8 MiB of YAML');
  // A template is often valid YAML of something else.
  if (/\{\{-?\s*[.$"(\w]/.test(text)) {
    throw badSource(file, 'holds a template ({{ … }}); its result is expected, as helm template prints it');
  }
  try {
    // The library compares each key of a mapping with every other; assertKeysOnce does not.
    const documents = parseAllDocuments(text, { merge: true, uniqueKeys: false, logLevel: 'error' });
    return [...documents].map((document) => {
      const error = document.errors[0];
      if (error !== undefined) throw new SyntaxError(firstLine(error.message));
      assertKeysOnce(document, text);
      return document.toJS({ maxAliasCount: mostAliases }) as unknown;
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw badSource(file, `is no YAML that can be read: ${printable(firstLine(error.message), 200)}`, error);
  }
}

/** The mapping, or null for every other value. */
export function asMapping(value: unknown): Mapping | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : null;
}

/** Those of the values that are mappings. */
export function mappingsIn(values: readonly unknown[]): Mapping[] {
  return values.map(asMapping).filter((value) => value !== null);
}

/** The entries of a mapping; none of every other value. */
export function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(asMapping(value) ?? {});
}

/** The items of a list; none of every other value. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text, or a number that stands where a text is expected; null for every other value. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

function assertKeysOnce(document: Document, text: string): void {
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (keys.has(key.value)) {
          const line = text.slice(0, key.range?.[0] ?? 0).split('\n').length;
          throw new SyntaxError(`the key "${String(key.value)}" stands there twice, at line ${line}`);
        }
        keys.add(key.value);
      }
    },
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/:$/, '') ?? '';
}
