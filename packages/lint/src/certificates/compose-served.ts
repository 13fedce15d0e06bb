import { posix } from 'node:path';
import { sourceOf, type Mount } from './compose-mounts.ts';
import type { ComposeService, Written } from './compose-service.ts';
import type { ReachableFiles } from './reachable-files.ts';
import { hasKey, keysOf, leafOf, mayHoldCertificate, type LeafFile } from './server-certificate.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { isServerVariable, namedCertificates } from './server-setting.ts';
import type { YamlValue } from './yaml-value.ts';

/** A certificate that a service presents, and what says so. */
export interface Served {
  readonly certificate: ServerCertificate;
  /** The setting that names it, else the mount that it comes by. */
  readonly value: YamlValue;
  /** It can be nothing but the service's own as a server. */
  readonly isSure: boolean;
}

/**
 * The certificates that a service presents as a server:
 *
 * | what is there                                                       | presented                                     |
 * |---------------------------------------------------------------------|-----------------------------------------------|
 * | a setting of servers names a file that it mounts, in its environment, its command, or a configuration that it mounts | that one, and none else |
 * | it mounts a certificate and the key of that very certificate, each by itself or in a folder for such | every such one |
 * | anything else                                                       | nothing is known                              |
 */
export function servedBy(
  service: ComposeService,
  mounts: readonly Mount[],
  reachable: ReachableFiles,
): readonly Served[] {
  const named = namedIn(service, mounts, reachable);
  return named.length > 0 ? named : withKeys(mounts, reachable);
}

function namedIn(
  service: ComposeService,
  mounts: readonly Mount[],
  reachable: ReachableFiles,
): readonly Served[] {
  const found: { readonly path: string; readonly value: YamlValue }[] = [];
  const image = service.one('image')?.text ?? '';
  for (const { name, text, value } of service.pairs('environment')) {
    if (isServerVariable(name, `${service.key} ${image}`)) found.push({ path: text, value });
  }
  const words = [...service.words('entrypoint'), ...service.words('command')];
  for (const { path, index } of namedCertificates(words.map(({ text }) => text))) {
    const value = words[index]?.value;
    if (value !== undefined) found.push({ path, value });
  }
  for (const { text, value } of configurations(mounts, reachable)) {
    for (const { path } of namedCertificates([text])) found.push({ path, value });
  }
  const served = new Map<string, Served>();
  for (const { path, value } of found) {
    const source = path.startsWith('/') ? sourceOf(path, mounts)?.source : undefined;
    const leaf = source === undefined ? null : leafAt(source, true, reachable);
    if (source === undefined || leaf === null || served.has(source)) continue;
    served.set(source, { certificate: certificateAt(source, leaf), value, isSure: true });
  }
  return [...served.values()];
}

/** The configuration files of servers that are mounted by themselves. */
function configurations(mounts: readonly Mount[], reachable: ReachableFiles): readonly Written[] {
  return mounts.flatMap(({ source, target, value }) => {
    if (!/\.(?:conf|cfg|cnf|ini|hcl|toml|ya?ml)$/i.test(target)) return [];
    const octets = reachable.read(reachable.absolute(source));
    return octets === null ? [] : [{ text: octets.toString('utf8'), value }];
  });
}

function withKeys(mounts: readonly Mount[], reachable: ReachableFiles): readonly Served[] {
  const files = mounts.flatMap(({ source, target, value }) =>
    certificateFiles(source, target, reachable).map((path) => ({ path, value })),
  );
  const leaves = files.flatMap(({ path, value }) => {
    const leaf = leafAt(path, false, reachable);
    return leaf === null ? [] : [{ path, value, leaf }];
  });
  if (leaves.length === 0) return [];
  const keys = files.flatMap(({ path }) => {
    const octets = reachable.read(reachable.absolute(path));
    return octets === null ? [] : keysOf(octets);
  });
  return leaves.flatMap(({ path, value, leaf }) =>
    hasKey(leaf, keys)
      ? [{ certificate: certificateAt(path, leaf), value, isSure: leaf.isSurelyServers }]
      : [],
  );
}

/** What a mount has of certificates and keys: itself, or the files of a folder that is for them. */
function certificateFiles(source: string, target: string, reachable: ReachableFiles): readonly string[] {
  const absolute = reachable.absolute(source);
  if (!reachable.isFolder(absolute)) return [source];
  const isFor = [source, target].some((path) => /cert|tls|ssl|pki|secret|keys?$/i.test(posix.basename(path)));
  return isFor
    ? reachable
        .filesIn(absolute)
        .map((each) => reachable.shown(each))
        .filter(mayHoldCertificate)
    : [];
}

function leafAt(path: string, isNamed: boolean, reachable: ReachableFiles): LeafFile | null {
  const octets = reachable.read(reachable.absolute(path));
  return octets === null ? null : leafOf(path, octets, isNamed);
}

function certificateAt(path: string, { certificate }: LeafFile): ServerCertificate {
  return { where: path, names: certificate.names, madeFrom: null };
}
