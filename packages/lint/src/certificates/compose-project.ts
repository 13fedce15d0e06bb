import { posix } from 'node:path';
import { parseEnv } from 'node:util';
import type { TextFile } from '../text-file.ts';
import { ComposeService } from './compose-service.ts';
import type { ReachableFiles } from './reachable-files.ts';
import { yamlValues, type YamlEntry, type YamlValue } from './yaml-value.ts';

/** Services that run together. */
export interface ComposeProject {
  /** The folder that its paths count from. */
  readonly folder: string;
  readonly services: readonly ComposeService[];
  /** What stands beside the services: `secrets`, `configs`, `networks`; the file that holds last. */
  readonly tops: readonly YamlValue[];
  /** No other file can be laid over these: what they do not say, nothing says. */
  readonly isWhole: boolean;
}

const baseName = /^(?:docker-)?compose\.ya?ml$/;
const overrideName = /^(?:docker-)?compose\.override\.ya?ml$/;
/** One service may extend another that extends one, but not for ever. */
const mostExtended = 5;

/**
 * The projects of the compose files of a tree. A file is one of its own, but where it can only be laid over the file
 * `compose.yaml` or `docker-compose.yml` of its folder: an override, or one with a service that has no image.
 */
export function composeProjects(
  files: readonly TextFile[],
  reachable: ReachableFiles,
): readonly ComposeProject[] {
  const read = new Map<string, YamlValue>();
  for (const file of files) {
    const [root] = yamlValues(file);
    if (root?.get('services') !== undefined) read.set(file.path, root);
  }
  const laid = new Map<string, string>();
  for (const [path, root] of read) {
    const base = baseOf(path, read);
    if (base !== null && isLaidOver(path, root, base.root)) laid.set(path, base.path);
  }
  return [...read].flatMap(([path, root]) => {
    const over = [...laid].filter(([, base]) => base === (laid.get(path) ?? path)).map(([each]) => each);
    // Docker Compose never takes the base alone where there is an override.
    if (!laid.has(path) && over.some((each) => overrideName.test(posix.basename(each)))) return [];
    const base = read.get(laid.get(path) ?? '');
    const tops = base === undefined ? [root] : [base, root];
    const folder = posix.dirname(path);
    const services = servicesOf(tops, folder, read, variablesOf(reachable, folder));
    return { folder, tops, services, isWhole: over.length === (base === undefined ? 0 : 1) };
  });
}

function baseOf(
  path: string,
  read: ReadonlyMap<string, YamlValue>,
): { readonly path: string; readonly root: YamlValue } | null {
  for (const [other, root] of read) {
    const isBase = posix.dirname(other) === posix.dirname(path) && baseName.test(posix.basename(other));
    if (isBase && other !== path) return { path: other, root };
  }
  return null;
}

function isLaidOver(path: string, root: YamlValue, base: YamlValue): boolean {
  if (baseName.test(posix.basename(path))) return false;
  if (overrideName.test(posix.basename(path))) return true;
  const below = new Set(base.get('services')?.entries.map(({ key }) => key));
  return (root.get('services')?.entries ?? []).some(
    ({ key, value }) =>
      below.has(key) && !['image', 'build', 'extends'].some((each) => value.get(each) !== undefined),
  );
}

function servicesOf(
  tops: readonly YamlValue[],
  folder: string,
  read: ReadonlyMap<string, YamlValue>,
  variables: ReadonlyMap<string, string>,
): readonly ComposeService[] {
  const layers = new Map<string, YamlEntry[]>();
  for (const top of tops) {
    for (const entry of top.get('services')?.entries ?? []) {
      const extended = extendedBy(entry, top, folder, read, 0);
      layers.set(entry.key, [...(layers.get(entry.key) ?? []), ...extended, entry]);
    }
  }
  return [...layers].map(([key, each]) => new ComposeService(key, each, variables));
}

/** The services that one extends, of the same file or of another of the folder, the furthest first. */
function extendedBy(
  { value }: YamlEntry,
  top: YamlValue,
  folder: string,
  read: ReadonlyMap<string, YamlValue>,
  depth: number,
): readonly YamlEntry[] {
  const extending = value.get('extends');
  const key = extending?.text ?? extending?.get('service')?.text;
  if (extending === undefined || key === undefined || key === null || depth > mostExtended) return [];
  const file = extending.get('file')?.text;
  // Paths of a service of another folder count from there.
  const path = typeof file === 'string' ? posix.normalize(posix.join(folder, file)) : null;
  if (path !== null && posix.dirname(path) !== folder) return [];
  const other = path === null ? top : read.get(path);
  const entry = other?.get('services')?.entries.find((each) => each.key === key);
  if (other === undefined || entry === undefined) return [];
  return [...extendedBy(entry, other, folder, read, depth + 1), entry];
}

/** What `.env` beside the file says; and where the file is. */
function variablesOf(reachable: ReachableFiles, folder: string): ReadonlyMap<string, string> {
  const octets = reachable.read(reachable.absolute(posix.join(folder, '.env')));
  const values = octets === null ? {} : parseEnv(octets.toString('utf8'));
  return new Map([
    ...Object.entries(values).map(([name, value]) => [name, value ?? ''] as const),
    ['PWD', '.'],
  ]);
}
