import { isSuspicious, mayConcern } from '../text/concern.ts';
import type { Found } from '../text-file.ts';
import { YamlTree } from '../yaml/tree.ts';
import { NotRead, type Format } from './format.ts';

/** A format of YAML or JSON. */
export interface YamlFormat {
  readonly name: string;
  readonly mayBe: Format['mayBe'];
  readonly claims?: NonNullable<Format['claims']>;
  /** What stands in a file that can be wrong, beside commands and settings. A file without any is not parsed. */
  readonly marks?: RegExp;
  /** Finds what is wrong in one document. What is found twice in one place is told once. */
  readonly find: (tree: YamlTree, file: Parameters<Format['check']>[0]) => Iterable<Found>;
  /** JSON has no comments. */
  readonly comment?: Format['comment'];
}

export function yamlFormat({ name, mayBe, claims, marks, find, comment = '#' }: YamlFormat): Format {
  return {
    name,
    comment,
    mayBe,
    ...(claims === undefined ? {} : { claims }),
    *check(file) {
      if (!mayConcern(file.text) && marks?.test(file.text) !== true) return;
      const told = new Set<string>();
      for (const tree of treesOf(file)) {
        for (const found of find(tree, file)) {
          const place = `${found.code} ${found.start}`;
          if (!told.has(place)) yield found;
          told.add(place);
        }
      }
    },
  };
}

/** @throws {NotRead} where it cannot be read, and looks as if something were wrong in it. Most templates do not. */
function treesOf({ text }: Parameters<Format['check']>[0]): readonly YamlTree[] {
  try {
    return YamlTree.of(text);
  } catch (error) {
    if (error instanceof NotRead && !isSuspicious(text)) return [];
    throw error;
  }
}
