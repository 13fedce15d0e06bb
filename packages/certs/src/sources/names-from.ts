import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { AltnameError, parseIdentifier, printable } from '@altname/core';
import { composeNames } from './compose.ts';
import { kubernetesNames, type Cluster } from './kubernetes.ts';
import { badSource, NamesFound, type NameInUse } from './name-in-use.ts';
import { checkedNames, isCheck, isRecord, jsonObjects, recordedNames } from './observations.ts';
import { hostsNames, isHostsFile, isNameList, listedNames } from './plain-lines.ts';
import { asMapping, mappingsIn, yamlDocuments, type Mapping } from './yaml-documents.ts';

/**
 * What names are taken from.
 *
 * | kind         | told by                                                                    |
 * |--------------|----------------------------------------------------------------------------|
 * | `record`     | JSON lines of `altname run --record`                                       |
 * | `check`      | JSON of `altname check --json`                                             |
 * | `kubernetes` | YAML or JSON with `apiVersion` and `kind`                                  |
 * | `compose`    | YAML or JSON with `services`                                               |
 * | `hosts`      | every line is an address with names, as in `/etc/hosts`                    |
 * | `list`       | every line is one word                                                     |
 */
export type SourceKind = 'record' | 'check' | 'kubernetes' | 'compose' | 'hosts' | 'list';

export interface NamesFromOptions {
  /** What the text is; told by its content when not given. */
  readonly kind?: SourceKind;
  /** Of the Kubernetes cluster; `cluster.local` when not given. */
  readonly clusterDomain?: string;
  /** Of Kubernetes objects that name none; `default` when not given. */
  readonly namespace?: string;
}

/** No larger file is read: 16 MiB. */
const largestFile = 16 * 1024 * 1024;

/**
 * The names in use that a text tells, in its order and as often as they stand there, and whatever stands where a name
 * would, with the reason why no certificate should carry it. Nothing is left out in silence.
 *
 * @param text what the file holds
 * @param file its name, for {@link NameInUse.from} and for errors
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the file: of no known kind, or unreadable;
 *   `ALTNAME_BAD_OPTION` for a namespace or cluster domain that is none
 */
export function namesFrom(text: string, file: string, options: NamesFromOptions = {}): NameInUse[] {
  if (text.length > largestFile) throw badSource(file, 'has over 16 MiB');
  if (text.trim() === '') throw badSource(file, 'is empty; a file that tells the names in use is expected');
  const cluster = clusterOf(options);
  const found = new NamesFound(file);
  const { kind } = options;
  const objects = kind === 'hosts' || kind === 'list' ? null : jsonObjects(text);
  if (kind === 'record' || (kind === undefined && objects?.some(isRecord) === true)) {
    recordedNames((objects ?? []).filter(isRecord), found);
  } else if (kind === 'check' || (kind === undefined && objects?.some(isCheck) === true)) {
    checkedNames((objects ?? []).filter(isCheck), found);
  } else if (kind === 'hosts' || (kind === undefined && isHostsFile(text))) {
    hostsNames(text, found);
  } else if (kind === 'list' || (kind === undefined && isNameList(text))) {
    listedNames(text, found);
  } else {
    readManifest(objects ?? yamlDocuments(text, file), cluster, kind, found);
  }
  if (found.list.length === 0) throw badSource(file, 'holds no names');
  return [...found.list];
}

/**
 * {@link namesFrom} a file, or stdin for `-`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the file, for one that cannot be read or is over
 *   16 MiB, too
 */
export async function namesFromFile(file: string, options: NamesFromOptions = {}): Promise<NameInUse[]> {
  const bytes = await readBounded(file);
  return namesFrom(
    new TextDecoder().decode(bytes),
    file === '-' ? 'standard input' : basename(file),
    options,
  );
}

function readManifest(
  documents: readonly unknown[],
  cluster: Cluster,
  kind: SourceKind | undefined,
  found: NamesFound,
): void {
  const mappings = mappingsIn(documents);
  const compose = kind === 'kubernetes' ? [] : mappings.filter(isCompose);
  const kubernetes = kind === 'compose' ? [] : mappings.filter(isKubernetes);
  if (compose.length + kubernetes.length === 0) {
    throw badSource(
      found.file,
      kind === undefined
        ? 'is of no known kind: a Compose file, a Kubernetes manifest, a hosts file, a list of names, or what altname run --record or altname check --json wrote is expected'
        : `is no ${kind === 'compose' ? 'Compose file: services are' : 'Kubernetes manifest: apiVersion and kind are'} expected`,
    );
  }
  for (const document of compose) composeNames(document, found);
  kubernetesNames(kubernetes, cluster, found);
}

function isCompose(document: Mapping): boolean {
  return asMapping(document['services']) !== null && !isKubernetes(document);
}

function isKubernetes(document: Mapping): boolean {
  return typeof document['apiVersion'] === 'string' && typeof document['kind'] === 'string';
}

function clusterOf({ clusterDomain = 'cluster.local', namespace = 'default' }: NamesFromOptions): Cluster {
  const domain = dnsName(clusterDomain, 'cluster domain', 'a DNS name such as cluster.local');
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw badOption(namespace, 'namespace', 'lower-case letters, digits and hyphens are');
  }
  return { domain, namespace };
}

function dnsName(text: string, what: string, expected: string): string {
  try {
    const { kind, value } = parseIdentifier(text);
    if (kind === 'dns') return value;
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
  }
  throw badOption(text, what, `${expected} is`);
}

function badOption(text: string, what: string, expected: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', `${what} "${printable(text, 100)}": ${expected} expected`);
}

async function readBounded(file: string): Promise<Buffer> {
  if (file === '-') return readAll(process.stdin, 'standard input');
  try {
    const handle = await open(file, 'r');
    try {
      // A pipe or a device has no size: what is read is bounded, not what is announced.
      return await readAll(handle.createReadStream({ autoClose: false }), file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AltnameError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'is not there' : code === 'EISDIR' ? 'is a directory' : `cannot be read (${code})`;
    throw badSource(file, `${why}; a file that tells the names in use is expected`, error);
  }
}

async function readAll(stream: AsyncIterable<unknown>, file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > largestFile) throw badSource(file, 'has over 16 MiB');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
