import { posix } from 'node:path';
import type { TextFile } from '../text-file.ts';
import { yamlValues, type YamlValue } from './yaml-value.ts';

/** What Kustomize makes of the manifests of a tree: names in them are not those that are there when it is done. */
export interface Kustomizations {
  /** By path, the kinds whose objects are not what their file says. */
  readonly changed: ReadonlyMap<string, Changes>;
  /** Secrets that are made from files. */
  readonly secrets: readonly GeneratedSecret[];
}

export interface Changes {
  /** Names of objects, and of namespaces, are others. */
  readonly areNamesChanged: boolean;
  /** The text of patches: what is in it is changed, or may be. */
  readonly patches: string;
}

/** `secretGenerator`. */
export interface GeneratedSecret {
  readonly name: string;
  readonly namespace: string | null;
  /** Of `tls.crt`, from the working directory on. */
  readonly path: string;
  readonly file: TextFile;
}

const fileName = /(?:^|\/)kustomization(?:\.ya?ml)?$/i;
const mostDepth = 10;

export function isKustomization(path: string): boolean {
  return fileName.test(path);
}

export function kustomizations(files: readonly TextFile[]): Kustomizations {
  const roots = new Map<string, { readonly file: TextFile; readonly root: YamlValue }>();
  for (const file of files) {
    const [root] = isKustomization(file.path) ? yamlValues(file) : [];
    if (root !== undefined) roots.set(posix.dirname(file.path), { file, root });
  }
  const changed = new Map<string, Changes>();
  for (const [folder, { root }] of roots) {
    const changes = changesOf(root, folder, files);
    if (!changes.areNamesChanged && changes.patches === '') continue;
    for (const path of resourcesOf(folder, roots, 0)) {
      const known = changed.get(path);
      changed.set(path, {
        areNamesChanged: changes.areNamesChanged || known?.areNamesChanged === true,
        patches: `${known?.patches ?? ''}\n${changes.patches}`,
      });
    }
  }
  return { changed, secrets: [...roots].flatMap(([folder, each]) => secretsOf(folder, each)) };
}

function changesOf(root: YamlValue, folder: string, files: readonly TextFile[]): Changes {
  const renaming = ['namePrefix', 'nameSuffix', 'namespace', 'replacements', 'vars', 'configurations'];
  const patches = ['patches', 'patchesStrategicMerge', 'patchesJson6902'].flatMap(
    (key) => root.get(key)?.items ?? [],
  );
  const texts = patches.flatMap((patch) => {
    const inFile = patch.text ?? patch.get('path')?.text ?? '';
    const path = posix.normalize(posix.join(folder, inFile));
    return [
      patch.text ?? '',
      patch.get('patch')?.text ?? '',
      patch.at('target', 'kind')?.text ?? '',
      files.find((file) => file.path === path)?.text ?? '',
    ];
  });
  return {
    areNamesChanged: renaming.some((key) => root.get(key) !== undefined),
    patches: texts.join('\n').trim(),
  };
}

/** The manifests that a folder's file brings together, those of other folders as well. */
function resourcesOf(
  folder: string,
  roots: ReadonlyMap<string, { readonly root: YamlValue }>,
  depth: number,
): readonly string[] {
  const root = roots.get(folder)?.root;
  if (root === undefined || depth > mostDepth) return [];
  return ['resources', 'bases', 'components'].flatMap((key) =>
    (root.get(key)?.items ?? []).flatMap(({ text }) => {
      const path = posix.normalize(posix.join(folder, text ?? '')).replace(/\/$/, '');
      return roots.has(path) && path !== folder ? resourcesOf(path, roots, depth + 1) : [path];
    }),
  );
}

function secretsOf(
  folder: string,
  { root, file }: { readonly root: YamlValue; readonly file: TextFile },
): readonly GeneratedSecret[] {
  return (root.get('secretGenerator')?.items ?? []).flatMap((secret) => {
    const name = secret.get('name')?.text ?? '';
    const namespace = secret.get('namespace')?.text ?? root.get('namespace')?.text ?? null;
    return (secret.get('files')?.items ?? []).flatMap(({ text }) => {
      const [, key = '', path = key] = /^([^=]+)(?:=(.+))?$/.exec(text ?? '') ?? [];
      if (posix.basename(key) !== 'tls.crt') return [];
      return [{ name, namespace, path: posix.normalize(posix.join(folder, path)), file }];
    });
  });
}
