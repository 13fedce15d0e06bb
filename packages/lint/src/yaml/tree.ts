import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { NotRead } from '../formats/format.ts';
import type { Passage } from '../text/passage.ts';
import { Passage as Text } from '../text/passage.ts';
import { passageOf } from './scalar.ts';

/** A value below a key. */
export interface Entry {
  readonly key: Passage;
  /** As it is written: it may be an alias. */
  readonly value: Node;
  /** The map that it is in. */
  readonly map: YAMLMap;
  /** The keys above it, the outermost first; those of lists have none. */
  readonly path: readonly string[];
}

/** UTF-16 units of a file that is parsed. What is larger was not written by hand. */
const longest = 1 << 20;

/** How many values of a file are looked at: aliases can make more of them than were written. */
const mostValues = 200_000;

/** How many aliases and merges lead from one to the next. */
const deepestAlias = 8;

/** A document of YAML or JSON: its values, and where they stand in the file. */
export class YamlTree {
  readonly root: Node | null;
  readonly #text: string;
  readonly #document: Document;
  #anchors: ReadonlyMap<string, readonly Node[]> | undefined;
  #seen = 0;

  private constructor(text: string, document: Document) {
    this.#text = text;
    this.#document = document;
    this.root = document.contents as Node | null;
  }

  /**
   * The documents of a file.
   *
   * @throws {NotRead} for what is no YAML, or a template of some
   */
  static of(text: string): readonly YamlTree[] {
    if (text.length > longest) throw new NotRead('It has over 1 MiB.');
    const documents = parseAllDocuments(text, {
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return [...documents].map((document) => {
      const [error] = document.errors;
      if (error === undefined) return new YamlTree(text, document);
      const template = /^[^#\n'"]*\{\{/m.exec(text);
      if (template !== null) {
        throw new NotRead('It is a template: altname lint reads what is made of it.', template.index);
      }
      const message = /call stack/i.test(error.message) ? 'It is nested too deeply' : error.message;
      throw new NotRead(`It is no YAML: ${message}.`, error.pos[0]);
    });
  }

  /** Every entry of every map, in the order in which they are written. What is anchored comes once, where it stands. */
  *entries(root: Node | null = this.root): Generator<Entry, void> {
    const waiting: { readonly node: Node | null; readonly path: readonly string[] }[] = [
      { node: root, path: [] },
    ];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { node, path } = next;
      this.#count();
      const below: (typeof waiting)[number][] = [];
      if (isMap(node)) {
        for (const pair of node.items) {
          const entry = this.#entryOf(pair, node, path);
          if (entry === undefined) continue;
          yield entry;
          below.push({ node: entry.value, path: [...path, entry.key.text] });
        }
      } else if (isSeq(node)) {
        for (const item of node.items) below.push({ node: item as Node | null, path });
      }
      for (const each of below.reverse()) waiting.push(each);
    }
  }

  /** The entries of a map, those that are merged into it behind its own. Aliases are followed. */
  *pairs(given: Node | null | undefined, depth = 0): Generator<Entry, void> {
    const node = this.resolved(given);
    if (!isMap(node) || depth > deepestAlias) return;
    const own = new Set<string>();
    const merged: Node[] = [];
    for (const pair of node.items) {
      const entry = this.#entryOf(pair, node, []);
      if (entry === undefined) continue;
      this.#count();
      own.add(entry.key.text);
      if (entry.key.text === '<<') merged.push(entry.value);
      else yield entry;
    }
    for (const each of merged) {
      for (const source of this.isList(each) ? this.items(each) : [each]) {
        for (const entry of this.pairs(source, depth + 1)) if (!own.has(entry.key.text)) yield entry;
      }
    }
  }

  /** The items of a list. Aliases are followed. */
  *items(given: Node | null | undefined): Generator<Node, void> {
    const node = this.resolved(given);
    if (!isSeq(node)) return;
    for (const item of node.items) {
      this.#count();
      if (item !== null && !isPair(item)) yield item as Node;
    }
  }

  isList(given: Node | null | undefined): boolean {
    return isSeq(this.resolved(given));
  }

  isMap(given: Node | null | undefined): boolean {
    return isMap(this.resolved(given));
  }

  /** The value of a key of a map. */
  at(map: Node | null | undefined, ...keys: readonly string[]): Node | undefined {
    let node: Node | null | undefined = map;
    for (const key of keys) {
      let value: Node | undefined;
      for (const entry of this.pairs(node)) {
        if (entry.key.text === key) {
          value = entry.value;
          break;
        }
      }
      if (value === undefined) return undefined;
      node = value;
    }
    return node ?? undefined;
  }

  /** The text of a scalar as it is written, also of a number; null for what is none. */
  text(given: Node | null | undefined): Passage | null {
    const node = this.resolved(given);
    return isScalar(node) && node.value !== null ? passageOf(this.#text, node) : null;
  }

  /** What an alias stands for. */
  resolved(given: Node | null | undefined): Node | null | undefined {
    let node = given;
    for (let depth = 0; isAlias(node) && depth < deepestAlias; depth++) {
      this.#count();
      const before = node.range?.[0] ?? 0;
      node = this.#anchored(node.source).findLast((each) => (each.range?.[0] ?? 0) < before);
    }
    return node;
  }

  /** A place from one text to another. */
  span(from: Passage, to: Passage): Passage {
    const start = Math.min(from.start, to.start);
    const end = Math.max(from.end, to.end);
    return Text.at(this.#text.slice(start, end), start);
  }

  #anchored(name: string): readonly Node[] {
    if (this.#anchors === undefined) {
      const anchors = new Map<string, Node[]>();
      const waiting: unknown[] = [this.#document.contents];
      while (waiting.length > 0) {
        const node = waiting.pop();
        if (isPair(node)) waiting.push(node.value, node.key);
        else if (isMap(node) || isSeq(node)) for (const each of [...node.items].reverse()) waiting.push(each);
        if (isMap(node) || isSeq(node) || isScalar(node)) {
          const anchor = node.anchor;
          if (anchor !== undefined) anchors.set(anchor, [...(anchors.get(anchor) ?? []), node]);
        }
      }
      this.#anchors = anchors;
    }
    return this.#anchors.get(name) ?? [];
  }

  #entryOf(pair: Pair, map: YAMLMap, path: readonly string[]): Entry | undefined {
    const key = this.text(pair.key as Node | null);
    const value = pair.value as Node | null;
    return key === null || value === null ? undefined : { key, value, map, path };
  }

  #count(): void {
    if (++this.#seen > mostValues) throw new NotRead('It has too many values, or says the same too often.');
  }
}
