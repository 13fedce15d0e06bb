import type { Found, TextFile } from '../text-file.ts';
import { checkCompose } from './compose-check.ts';
import type { FoundIn } from './missing-name.ts';
import { composeProjects } from './compose-project.ts';
import { checkKubernetes } from './kubernetes-check.ts';
import { isKustomization } from './kustomize.ts';
import { ReachableFiles } from './reachable-files.ts';

/** Characters of all the files that are held at once, to be compared with certificates. */
const mostText = 64 << 20;

const isYamlPath = /\.ya?ml$|(?:^|\/)Kustomization$/i;
const isEnvPath = /(?:^|\/)\.env(?:\.[^/]*)?$|\.env$/;

/** Whether a file of this path may say who uses a certificate, or under which name. */
export function mayUseCertificates(path: string): boolean {
  return isYamlPath.test(path) || isEnvPath.test(path);
}

/** Whether a file says such a thing: a compose file, a Kubernetes manifest, an `.env` file. */
export function usesCertificates({ path, text }: TextFile): boolean {
  return isYamlPath.test(path) ? isCompose(text) || isManifest(path, text) : isEnvPath.test(path);
}

/** The files of a tree whose names are compared with its certificates once all of them were read. */
export class CertificateCheck {
  readonly #reachable: ReachableFiles;
  readonly #files: TextFile[] = [];
  #text = 0;

  /** @param paths what was given to be read, from `cwd` on */
  constructor(cwd: string, paths: readonly string[]) {
    this.#reachable = new ReachableFiles(cwd, paths);
  }

  /** @returns false where there is too much already, and the file is not compared */
  add(file: TextFile): boolean {
    this.#text += file.text.length;
    if (this.#text > mostText) return false;
    this.#files.push(file);
    return true;
  }

  /** What is wrong, by the file that it stands in. */
  run(): ReadonlyMap<TextFile, readonly Found[]> {
    const envFiles = new Map(
      this.#files.filter(({ path }) => isEnvPath.test(path)).map((file) => [file.path, file]),
    );
    const compose = this.#files.filter(({ path, text }) => isYamlPath.test(path) && isCompose(text));
    const manifests = this.#files.filter(({ path, text }) => isYamlPath.test(path) && isManifest(path, text));
    return byFile([
      ...composeProjects(compose, this.#reachable).flatMap((project) =>
        checkCompose(project, envFiles, this.#reachable),
      ),
      ...checkKubernetes(manifests, this.#reachable),
    ]);
  }
}

function isCompose(text: string): boolean {
  return /^["']?services["']?\s*:/m.test(text) && !/^apiVersion\s*:/m.test(text);
}

function isManifest(path: string, text: string): boolean {
  return (
    isKustomization(path) ||
    (/^[ \t]*-?[ \t]*apiVersion[ \t]*:/m.test(text) && /^[ \t]*-?[ \t]*kind[ \t]*:/m.test(text))
  );
}

/** One place may be found twice: as the base of several files. */
function byFile(found: readonly FoundIn[]): ReadonlyMap<TextFile, readonly Found[]> {
  const files = new Map<TextFile, Map<string, Found>>();
  for (const { file, ...each } of found) {
    const known = files.get(file) ?? new Map<string, Found>();
    files.set(file, known.set(JSON.stringify([each.start, each.end, each.message]), each));
  }
  return new Map([...files].map(([file, known]) => [file, [...known.values()]]));
}
