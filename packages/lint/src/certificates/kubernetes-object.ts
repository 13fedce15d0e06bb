import { posix } from 'node:path';
import type { TextFile } from '../text-file.ts';
import { yamlValues, type YamlValue } from './yaml-value.ts';

/** An object of a Kubernetes manifest. */
export interface KubernetesObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  /** Null where the manifest does not say: whoever applies it does. */
  readonly namespace: string | null;
  readonly value: YamlValue;
  readonly file: TextFile;
}

/** A document of a manifest, before it is parsed. */
export interface ManifestDocument {
  readonly file: TextFile;
  readonly text: string;
  /** Where it begins in the file. */
  readonly start: number;
  /** The kind of its object; the first one where it is a list. */
  readonly kind: string;
}

/** The documents of the manifests of a tree. What a template is made to is not known, and templates are left out. */
export function manifestDocuments(files: readonly TextFile[]): readonly ManifestDocument[] {
  return files.flatMap((file) => (isTemplate.test(file.text) ? [] : documentsOf(file)));
}

/** The objects of documents, parsed. */
export function objectsIn(documents: readonly ManifestDocument[]): readonly KubernetesObject[] {
  return documents.flatMap(({ file, text, start }) =>
    yamlValues(file, text, start).flatMap((value) => objectsOf(value, file, 0)),
  );
}

const isTemplate = /\{\{-?\s*[.$"(\w]/;
const kindLine = /^\s{0,2}["']?kind["']?\s*:\s*["']?(\w+)/m;

function documentsOf(file: TextFile): readonly ManifestDocument[] {
  const starts = [0, ...Array.from(file.text.matchAll(/^---(?=\s)/gm), ({ index }) => index)];
  return starts.flatMap((start, index) => {
    const text = file.text.slice(start, starts[index + 1]);
    const kind = (kindLine.exec(text) ?? /"kind"\s*:\s*"(\w+)"/.exec(text))?.[1];
    return kind === undefined ? [] : [{ file, text, start, kind }];
  });
}

/** How an object is told: `Secret shop/web-tls`. */
export function objectText({ kind, name, namespace }: KubernetesObject): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

/** Whether two manifests may be of one namespace: one that names none goes into any. */
export function mayBeSame(one: string | null, other: string | null): boolean {
  return one === null || other === null || one === other;
}

/**
 * Of objects of one name those that are meant: of the same file, else of the same folder, else the only one of the tree.
 * A tree may hold the same thing for several places.
 */
export function nearest<T extends { readonly file: TextFile }>(
  candidates: readonly T[],
  { file }: { readonly file: TextFile },
): readonly T[] {
  const inFile = candidates.filter((each) => each.file === file);
  if (inFile.length > 0) return inFile;
  const folder = posix.dirname(file.path);
  const inFolder = candidates.filter((each) => posix.dirname(each.file.path) === folder);
  if (inFolder.length > 0) return inFolder;
  return new Set(candidates.map((each) => posix.dirname(each.file.path))).size === 1 ? candidates : [];
}

function objectsOf(value: YamlValue, file: TextFile, depth: number): readonly KubernetesObject[] {
  const kind = value.get('kind')?.text ?? '';
  const apiVersion = value.get('apiVersion')?.text ?? '';
  if (kind.endsWith('List') && depth < 4) {
    const items = value.get('items')?.items ?? [];
    if (items.length > 0) return items.flatMap((item) => objectsOf(item, file, depth + 1));
  }
  const name = value.at('metadata', 'name')?.text ?? '';
  if (kind === '' || apiVersion === '' || name === '') return [];
  const namespace = value.at('metadata', 'namespace')?.text ?? null;
  return [{ kind, apiVersion, name, namespace, value, file }];
}
