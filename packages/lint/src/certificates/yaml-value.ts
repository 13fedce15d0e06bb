import type { Node } from 'yaml';
import { NotRead } from '../formats/format.ts';
import type { TextFile } from '../text-file.ts';
import { YamlTree } from '../yaml/tree.ts';

/** A value of a YAML file that knows where it stands. Aliases and merge keys are followed. */
export class YamlValue implements Place {
  readonly file: TextFile;
  readonly #tree: YamlTree;
  readonly #node: Node | null;
  readonly #base: number;

  /** @param base where the text of the tree begins in the file */
  constructor(file: TextFile, tree: YamlTree, node: Node | null, base: number) {
    this.file = file;
    this.#tree = tree;
    this.#node = tree.resolved(node) ?? null;
    this.#base = base;
  }

  /** Where it begins, as an offset. */
  get start(): number {
    return this.#base + (this.#node?.range?.[0] ?? 0);
  }

  /** The first offset behind it. */
  get end(): number {
    return this.#base + (this.#node?.range?.[1] ?? 0);
  }

  /** Where a part of its text is written; all of it where the part is not in it. */
  placeOf(part: string): { readonly start: number; readonly end: number } {
    const passage = this.#tree.text(this.#node);
    const at = passage?.text.indexOf(part) ?? -1;
    if (passage === null || at < 0 || part === '') return { start: this.start, end: this.end };
    const found = passage.slice(at, at + part.length);
    return { start: this.#base + found.start, end: this.#base + found.end };
  }

  /** A text, or a number or a truth value as it is written; null for every other value. */
  get text(): string | null {
    return this.#tree.text(this.#node)?.text ?? null;
  }

  /** The items of a list; none of every other value. */
  get items(): readonly YamlValue[] {
    return readable(() => Array.from(this.#tree.items(this.#node), (item) => this.#of(item)));
  }

  /** A list, or the one text that stands where a list may. */
  get texts(): readonly YamlValue[] {
    return this.text === null ? this.items : [this];
  }

  /** The entries of a mapping, each key once; none of every other value. */
  get entries(): readonly YamlEntry[] {
    return readable(() => {
      const found = new Map<string, YamlEntry>();
      for (const { key, value } of this.#tree.pairs(this.#node)) {
        if (found.has(key.text)) continue;
        const name = { file: this.file, start: this.#base + key.start, end: this.#base + key.end };
        found.set(key.text, { key: key.text, name, value: this.#of(value) });
      }
      return [...found.values()];
    });
  }

  get(key: string): YamlValue | undefined {
    return this.at(key);
  }

  /** The value at a path of keys. */
  at(...keys: readonly string[]): YamlValue | undefined {
    return readable(() => {
      const node = this.#tree.at(this.#node, ...keys);
      return node === undefined ? [] : [this.#of(node)];
    })[0];
  }

  #of(node: Node): YamlValue {
    return new YamlValue(this.file, this.#tree, node, this.#base);
  }
}

/** A place of a file, as offsets. */
export interface Place {
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;
}

export interface YamlEntry {
  readonly key: string;
  /** Where the key stands. */
  readonly name: Place;
  readonly value: YamlValue;
}

/**
 * The documents of a YAML file, or of a part of it; none where it is broken: that is told where it is checked by itself.
 *
 * @param base where the part begins in the file
 */
export function yamlValues(file: TextFile, text: string = file.text, base = 0): readonly YamlValue[] {
  return readable(() => YamlTree.of(text).map((tree) => new YamlValue(file, tree, tree.root, base)));
}

function readable<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotRead) return [];
    throw error;
  }
}
