import type { TextFile } from '../text-file.ts';
import { interpolated } from './compose-variables.ts';
import type { Place, YamlEntry, YamlValue } from './yaml-value.ts';

/** A text of a configuration with the place that it is written at. */
export interface Written {
  readonly text: string;
  readonly value: YamlValue;
}

/** A variable of a service. */
export interface Variable extends Written {
  readonly name: string;
}

/** One service of a compose project: of a file, or of a file and those that it is laid over. */
export class ComposeService {
  readonly key: string;
  /** What is said of it, the file that holds last. */
  readonly layers: readonly YamlEntry[];
  readonly #variables: ReadonlyMap<string, string>;

  constructor(key: string, layers: readonly YamlEntry[], variables: ReadonlyMap<string, string>) {
    this.key = key;
    this.layers = layers;
    this.#variables = variables;
  }

  /** Where it is called what it is: the last file that speaks of it. */
  get place(): Place | undefined {
    return this.layers.at(-1)?.name;
  }

  get file(): TextFile | undefined {
    return this.place?.file;
  }

  /** The text of a key, of the last file that has it. */
  one(key: string): Written | null {
    for (const layer of this.layers.toReversed()) {
      const value = layer.value.get(key);
      if (value !== undefined) return this.written(value);
    }
    return null;
  }

  /** The values of a key in every file, those that hold last. */
  all(key: string): readonly YamlValue[] {
    return this.layers.flatMap(({ value }) => value.get(key) ?? []);
  }

  /** `KEY: value`, or a list of `KEY=value`; the last one of a name holds. */
  pairs(key: string): readonly Variable[] {
    const found = new Map<string, Variable>();
    for (const value of this.all(key)) {
      for (const item of value.items) {
        const [, name = '', text = ''] = /^([^=]*)=([^]*)$/.exec(item.text ?? '') ?? [];
        const read = interpolated(text, this.#variables);
        if (read !== null) found.set(name, { name, text: read, value: item });
      }
      for (const entry of value.entries) {
        const written = this.written(entry.value);
        if (written !== null) found.set(entry.key, { name: entry.key, ...written });
      }
    }
    return [...found.values()];
  }

  /** The words of a command: a list as it is, a text parted at space. */
  words(key: string): readonly Written[] {
    const value = this.all(key).at(-1);
    if (value === undefined) return [];
    return value.texts.flatMap((each) => this.written(each) ?? []);
  }

  /** A text with its variables; null where it is none, or has one that is not known. */
  written(value: YamlValue | undefined): Written | null {
    if (value?.text === undefined || value.text === null) return null;
    const text = interpolated(value.text, this.#variables);
    return text === null ? null : { text, value };
  }
}
