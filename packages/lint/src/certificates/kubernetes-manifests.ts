import { posix } from 'node:path';
import type { TextFile } from '../text-file.ts';
import {
  manifestDocuments,
  objectsIn,
  type KubernetesObject,
  type ManifestDocument,
} from './kubernetes-object.ts';
import { isKustomization, kustomizations, type Changes, type Kustomizations } from './kustomize.ts';

/**
 * The manifests of a tree. There may be thousands, and parsing them is what takes time: a document is parsed only where its
 * kind is asked for, and what is looked for stands in it.
 */
export class KubernetesManifests {
  readonly kustomizations: Kustomizations;
  readonly #documents: readonly ManifestDocument[];

  constructor(files: readonly TextFile[]) {
    this.kustomizations = kustomizations(files);
    this.#documents = manifestDocuments(files.filter(({ path }) => !isKustomization(path)));
  }

  /**
   * The objects of these kinds, but for those that Kustomize patches: they are not what their file says.
   *
   * @param words one of which a document has to have
   */
  read(kinds: RegExp, words: readonly string[]): readonly KubernetesObject[] {
    const documents = this.#documents.filter(
      ({ kind, text }) => isOf(kind, kinds) && words.some((word) => text.includes(word)),
    );
    return objectsIn(documents).filter((object) => kinds.test(object.kind) && !this.#isPatched(object));
  }

  /** Those of the objects that have the name and the namespace of their file when Kustomize is done. */
  named(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
    return objects.filter((object) => this.#changesOf(object)?.areNamesChanged !== true);
  }

  /** Whether an object of these kinds speaks of another by its name. */
  isNamedIn(kinds: RegExp, name: string): boolean {
    const pattern = new RegExp(
      `\\b(?:name|serviceName|service|host)["']?\\s*:\\s*["']?${name.replaceAll('.', '\\.')}(?![\\w-])`,
    );
    return this.#documents.some(
      ({ kind, text }) => isOf(kind, kinds) && text.includes(name) && pattern.test(text),
    );
  }

  #isPatched(object: KubernetesObject): boolean {
    const patches = this.#changesOf(object)?.patches ?? '';
    return patches.includes(object.kind) || (patches !== '' && patches.includes(object.name));
  }

  /** What Kustomize does to a file: it is named itself, or a folder that it is in. */
  #changesOf({ file: { path } }: KubernetesObject): Changes | undefined {
    const { changed } = this.kustomizations;
    return changed.get(path) ?? changed.get(posix.dirname(path));
  }
}

/** A list may hold any kind. */
function isOf(kind: string, kinds: RegExp): boolean {
  return kinds.test(kind) || kind.endsWith('List');
}
