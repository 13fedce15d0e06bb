import { posix } from 'node:path';
import { copiedFiles } from './docker-file.ts';
import type { ComposeProject } from './compose-project.ts';
import type { ComposeService } from './compose-service.ts';
import type { ReachableFiles } from './reachable-files.ts';
import type { YamlValue } from './yaml-value.ts';

/** A file or a folder of the tree that a container has. */
export interface Mount {
  /** From the working directory on. */
  readonly source: string;
  /** In the container, absolute. */
  readonly target: string;
  /** Where that is said. */
  readonly value: YamlValue;
}

/**
 * What of the tree a service has in its container: bind mounts of `volumes`, files of `secrets` and `configs`, and what
 * its Dockerfile copies. Of two at one target the later holds.
 */
export function mountsOf(
  service: ComposeService,
  project: ComposeProject,
  reachable: ReachableFiles,
): readonly Mount[] {
  const mounts = [
    ...copiedFiles(service, project, reachable),
    ...service.all('volumes').flatMap(({ items }) => items.flatMap((item) => volumeOf(item, service))),
    ...filesOf('secrets', '/run/secrets', service, project),
    ...filesOf('configs', '', service, project),
  ].map((mount) => ({
    ...mount,
    source: posix.normalize(posix.join(project.folder, mount.source)),
    target: posix.normalize(mount.target).replace(/(?<=.)\/$/, ''),
  }));
  return [...new Map(mounts.map((mount) => [mount.target, mount])).values()];
}

/** Where a path of the container is in the tree: below the mount whose target is the longest. */
export function sourceOf(path: string, mounts: readonly Mount[]): { source: string; mount: Mount } | null {
  const normal = posix.normalize(path);
  let found: Mount | null = null;
  for (const mount of mounts) {
    const isBelow = normal === mount.target || normal.startsWith(`${mount.target.replace(/\/$/, '')}/`);
    if (isBelow && (found === null || mount.target.length > found.target.length)) found = mount;
  }
  return found === null
    ? null
    : { source: posix.join(found.source, normal.slice(found.target.length)), mount: found };
}

/** `./certs:/etc/certs:ro`, or the same as a mapping. A name is a volume of Docker's, which is empty. */
function volumeOf(item: YamlValue, service: ComposeService): readonly Mount[] {
  const written = service.written(item);
  if (written !== null) {
    const [, source = '', target = ''] = /^([^:]*):(\/[^:]*)/.exec(written.text) ?? [];
    return isTreePath(source) ? [{ source, target, value: item }] : [];
  }
  const type = item.get('type')?.text ?? 'bind';
  const source = service.written(item.get('source') ?? item.get('src'))?.text ?? '';
  const target =
    service.written(item.get('target') ?? item.get('dst') ?? item.get('destination'))?.text ?? '';
  return type === 'bind' && isTreePath(source) && target.startsWith('/')
    ? [{ source, target, value: item }]
    : [];
}

function filesOf(
  key: 'secrets' | 'configs',
  folder: string,
  service: ComposeService,
  { tops }: ComposeProject,
): readonly Mount[] {
  return service.all(key).flatMap(({ items }) =>
    items.flatMap((item) => {
      const name = item.text ?? item.get('source')?.text ?? '';
      const told = tops.findLast((top) => top.at(key, name) !== undefined)?.at(key, name, 'file');
      const source = service.written(told)?.text;
      if (source === undefined || source.startsWith('/') || source === '') return [];
      const target = service.written(item.get('target'))?.text ?? name;
      return [{ source, target: target.startsWith('/') ? target : `${folder}/${target}`, value: item }];
    }),
  );
}

function isTreePath(source: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(source);
}
