import { posix } from 'node:path';
import { DockerfileParser, type Add, type Copy as DockerCopy } from 'dockerfile-ast';
import type { ComposeProject } from './compose-project.ts';
import type { ComposeService } from './compose-service.ts';
import type { Mount } from './compose-mounts.ts';
import type { ReachableFiles } from './reachable-files.ts';

/** Octets of a Dockerfile that is read. */
const longest = 1 << 18;

/**
 * What the Dockerfile of a service copies into the last stage of its image, from its context: `COPY certs/a.pem /a.pem`
 * and `ADD`. Patterns, variables and other stages are left out. Paths count from the folder of the project.
 */
export function copiedFiles(
  service: ComposeService,
  project: ComposeProject,
  reachable: ReachableFiles,
): readonly Mount[] {
  const build = service.all('build').at(-1);
  if (build === undefined) return [];
  const context = service.written(build)?.text ?? service.written(build.get('context'))?.text ?? '.';
  if (!/^[\w.]/.test(context) || context.includes('://')) return [];
  const name = service.written(build.get('dockerfile'))?.text ?? 'Dockerfile';
  const path = posix.join(project.folder, context, name);
  const octets = reachable.read(reachable.absolute(path));
  if (octets === null || octets.length > longest) return [];
  const value = build.get('context') ?? build;
  return copiesIn(octets.toString('utf8')).flatMap(({ sources, target }) =>
    sources.map((source) => {
      const from = posix.join(context, source);
      const isFolder = reachable.isFolder(reachable.absolute(posix.join(project.folder, from)));
      // A file goes into a folder under its own name, a folder as what it holds.
      const into = target.endsWith('/') && !isFolder ? posix.join(target, posix.basename(source)) : target;
      return { source: from, target: into, value };
    }),
  );
}

type Copied = DockerCopy | Add;

interface Copy {
  readonly sources: readonly string[];
  /** Absolute. */
  readonly target: string;
}

function copiesIn(text: string): readonly Copy[] {
  let folder = '/';
  let copies: Copy[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const words = instruction.getArguments().map((word) => word.getValue());
    switch (instruction.getKeyword()) {
      case 'FROM':
        folder = '/';
        copies = [];
        break;
      case 'WORKDIR':
        folder = posix.resolve(folder, words[0] ?? '');
        break;
      case 'COPY':
      case 'ADD':
        copies.push(...copyOf(instruction as Copied, words, folder));
        break;
    }
  }
  return copies;
}

function copyOf(instruction: Copied, words: readonly string[], folder: string): readonly Copy[] {
  if (instruction.getFlags().some((flag) => flag.getName() === 'from')) return [];
  const list = instruction.getJSONStrings().map((word) => word.getJSONValue());
  const paths = list.length > 0 ? list : [...words];
  const target = paths.pop();
  if (target === undefined || paths.length === 0 || /[$*?[]/.test([target, ...paths].join(''))) return [];
  const sources = paths.filter((path) => !path.includes('://') && !path.startsWith('<<'));
  const absolute = posix.resolve(folder, target);
  const isFolder = target.endsWith('/') || target === '.' || paths.length > 1;
  return [{ sources, target: isFolder ? `${absolute.replace(/\/$/, '')}/` : absolute }];
}
