import { printable } from '@altname/core';
import {
  CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import { jsonFault } from './json-fault.ts';

/** A line and a column, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a document, and where. */
interface DocumentFault {
  readonly place: Place;
  /** In one line. */
  readonly text: string;
}

/** What a text in YAML or JSON says. */
export interface ConfigDocument {
  /** As JSON has it: objects, lists, texts, numbers, true and false. */
  readonly value: unknown;
  /** Where a key stands, written as in messages: `upstreams.api.to`, `routes[0].path`; of the nearest key above it. */
  readonly placeOf: (key: string) => Place;
  /** What is wrong with it as a document; then the value is of no use. */
  readonly faults: readonly DocumentFault[];
}

/** Deeper than any configuration; the parser would end the process at some hundred thousand. */
const deepest = 50;
/** Aliases may stand for as many nodes as this together. */
const mostAliased = 10_000;

/**
 * Reads YAML 1.2, or JSON. What YAML would guess at is a fault:
 *
 * | written                                    | result                                         |
 * |--------------------------------------------|------------------------------------------------|
 * | `on`, `yes`                                | a text, as YAML 1.2 says                       |
 * | `0777`, `0x1f`, `1e3`, `.inf`              | fault: decimal, or in quotes                   |
 * | a key that is there twice                  | fault                                          |
 * | a key without a value, `~`, `null`         | fault                                          |
 * | `*.example.com` without quotes             | fault: `*` begins an alias                     |
 * | a tag, such as `!include`                  | fault                                          |
 * | `%YAML 1.1`, several documents             | fault                                          |
 */
export function readDocument(text: string, isJson: boolean): ConfigDocument {
  const lines = new LineCounter();
  const places = new Map<string, number>([['', 0]]);
  const faults: { at: number; text: string }[] = [];
  let value: unknown = null;
  const json = isJson ? jsonFault(text) : null;
  if (json === null) value = read();
  else faults.push({ at: json.at, text: json.why });
  // Of a text that was not parsed, the counter knows nothing.
  if (lines.lineStarts.length === 0) countLines(text, lines);
  const placeAt = (at: number): Place => {
    const { line, col } = lines.linePos(at);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return {
    value,
    placeOf: (key) => placeAt(nearest(places, key)),
    faults: faults
      .toSorted((a, b) => a.at - b.at)
      .map((fault) => ({ place: placeAt(fault.at), text: fault.text })),
  };

  function read(): unknown {
    const tooDeep = deepAt(text);
    if (tooDeep !== null) {
      faults.push({ at: tooDeep, text: `nested more than ${deepest} deep` });
      return null;
    }
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const [document, second] = Array.isArray(parsed) ? parsed : [];
    if (document === undefined) {
      faults.push({ at: 0, text: 'it is empty' });
      return null;
    }
    const [error] = document.errors;
    if (error !== undefined) faults.push({ at: error.pos[0], text: syntaxText(text, error) });
    else if (second !== undefined) {
      faults.push({ at: second.range[0], text: 'a second document; one is read' });
    } else if (document.directives?.yaml.version !== '1.2') {
      faults.push({ at: 0, text: 'YAML 1.2 is read, and no other version' });
    } else return new Reader(document, places, faults).read();
    return null;
  }
}

/** Makes values of nodes, and notes where each key stands. */
class Reader {
  readonly #document: Document.Parsed;
  readonly #places: Map<string, number>;
  readonly #faults: { at: number; text: string }[];
  readonly #open = new Set<unknown>();
  #aliased = 0;

  constructor(
    document: Document.Parsed,
    places: Map<string, number>,
    faults: { at: number; text: string }[],
  ) {
    this.#document = document;
    this.#places = places;
    this.#faults = faults;
  }

  read(): unknown {
    const { contents } = this.#document;
    if (contents === null || (isScalar(contents) && contents.value === null)) {
      this.#fault(0, 'it is empty');
      return null;
    }
    return this.#value(contents, '', 0, null);
  }

  /** @param aliasAt where the alias stands that this is reached by */
  #value(node: unknown, key: string, keyAt: number, aliasAt: number | null): unknown {
    const at = aliasAt ?? (node as Node | null)?.range?.[0] ?? keyAt;
    if (aliasAt !== null && ++this.#aliased > mostAliased) {
      if (this.#aliased === mostAliased + 1) this.#fault(at, 'aliases stand for too much');
      return null;
    }
    const { tag } = (node ?? {}) as { tag?: string };
    if (tag !== undefined && !/^tag:yaml\.org,2002:(?:map|seq|str|int|float|bool)$/.test(tag)) {
      this.#fault(at, `${named(key)}the tag ${printable(tag, 60)} is not read`);
      return null;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) {
        const shown = printable(node.source, 60);
        const why = `* begins an alias, and there is no anchor &${shown}; a text stands in quotes: '*${shown}'`;
        this.#fault(at, named(key) + why);
        return null;
      }
      if (this.#open.has(target)) {
        this.#fault(at, `${named(key)}an alias of what it stands in`);
        return null;
      }
      this.#open.add(target);
      const value = this.#value(target, key, keyAt, at);
      this.#open.delete(target);
      return value;
    }
    if (isMap(node)) return this.#map(node.items, key, aliasAt);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const itemKey = `${key}[${index}]`;
        this.#note(itemKey, aliasAt ?? (item as Node | null)?.range?.[0] ?? keyAt);
        return this.#value(item, itemKey, at, aliasAt);
      });
    }
    return this.#scalar(isScalar(node) ? node : null, key, isScalar(node) && node.source === '' ? keyAt : at);
  }

  #map(items: readonly Pair[], key: string, aliasAt: number | null): Readonly<Record<string, unknown>> {
    const entries = new Map<string, unknown>();
    for (const item of items) {
      const at = aliasAt ?? (item.key as Node | null)?.range?.[0] ?? 0;
      const name = isScalar(item.key) ? nameOf(item.key) : null;
      if (name === null) {
        this.#fault(at, `${named(key)}a key is expected that is a text`);
        continue;
      }
      const own = `${key === '' ? '' : `${key}.`}${/^[\w-]+$/.test(name) ? name : `"${printable(name, 60)}"`}`;
      if (entries.has(name)) {
        this.#fault(at, `${own}: it is there twice`);
        continue;
      }
      this.#note(own, at);
      entries.set(name, this.#value(item.value, own, at, aliasAt));
    }
    // So that `__proto__` is a key like any other, which nobody reads.
    return Object.fromEntries(entries);
  }

  #scalar(node: Scalar | null, key: string, at: number): unknown {
    const value = node?.value ?? null;
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    const { source = '' } = node ?? {};
    if (value === null) {
      this.#fault(at, `${named(key)}it has no value; leave the key out, or give one`);
    } else if (typeof value !== 'number' || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(source)) {
      this.#fault(
        at,
        `${named(key)}${printable(source, 60)}: a number is written in decimal, a text in quotes`,
      );
    }
    return value;
  }

  #note(key: string, at: number): void {
    if (!this.#places.has(key)) this.#places.set(key, at);
  }

  #fault(at: number, text: string): void {
    this.#faults.push({ at, text });
  }
}

function named(key: string): string {
  return key === '' ? '' : `${key}: `;
}

/** A key as it is written: `8443:` is one, too. */
function nameOf({ value, source }: Scalar): string | null {
  if (typeof value === 'string') return value;
  return value === null || source === undefined || source === '' ? null : source;
}

/** The offset of a key; else that of the nearest one above it. */
function nearest(places: ReadonlyMap<string, number>, key: string): number {
  const found = places.get(key);
  if (found !== undefined || key === '') return found ?? 0;
  return nearest(places, key.replace(/(?:^|\.)(?:[\w-]+|"[^"]*")$|\[\d+\]$|.$/s, ''));
}

function syntaxText(
  text: string,
  { code, message, pos }: { code: string; message: string; pos: readonly number[] },
): string {
  const [line = ''] = message.split('\n');
  const before = text.slice(Math.max(0, (pos[0] ?? 0) - 60), pos[0]).replace(/.*\n/s, '');
  const hint =
    code === 'BLOCK_AS_IMPLICIT_KEY' || /\[[0-9a-f:.]*\]?$/i.test(before)
      ? '; a text with : or [ ] in it stands in quotes'
      : '';
  return `${printable(line, 200)}${hint}`;
}

/** Where brackets, or dashes of one line, stand in each other too deep; null when they do not. */
function deepAt(text: string): number | null {
  let [at, flow, dashes] = [0, 0, 0];
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source);
    if (type === 'flow-map-start' || type === 'flow-seq-start') flow++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow--;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') dashes++;
    else if (type === 'newline') dashes = 0;
    if (flow > deepest || dashes > deepest) return Math.min(at, text.length);
    // Marks of the lexer are no part of the text.
    if (type !== null && type !== 'doc-mode' && type !== 'flow-error-end') at += source.length;
  }
  return null;
}

function countLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
}
