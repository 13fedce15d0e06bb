import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientNames, clientProfiles, type ClientName } from '@altname/core';
import type { Mode } from '../recipes/plain.ts';
import type { Speech } from '../recipes/sink.ts';

/** One row of docs/clients.md: a client in one version, and one way of connecting. */
export interface Subject {
  readonly client: ClientName;
  readonly mode: Mode;
  /** What to import for the package of the profile; null for what comes with Node. */
  readonly package: string | null;
  /** Of that package; `node` for what comes with Node. */
  readonly version: string;
  /** What the server must speak. */
  readonly speech: Speech;
  /** Why it cannot run on this Node; null when it can. */
  readonly skip: string | null;
}

/** A text for each subject: `undici 6.29.1`, `https-proxy-agent 9.1.0 proxy-leg`. */
export function titleOf({ client, version, mode }: Subject): string {
  return [client, ...(version === 'node' ? [] : [version]), ...(mode === 'plain' ? [] : [mode])].join(' ');
}

/** Every row, in the order of the documentation. */
export function listSubjects(): Subject[] {
  return clientNames.flatMap((client) =>
    (aliases[client] ?? [comesWithNode(client) ? null : clientProfiles[client].package]).flatMap((alias) =>
      modesOf(client).map((mode) => ({
        client,
        mode,
        package: alias,
        speech: mode === 'proxy-leg' ? 'silence' : (speeches[client] ?? 'silence'),
        ...installed(alias),
      })),
    ),
  );
}

/** Its version is that of Node, whatever its recipes import. */
function comesWithNode(client: ClientName): boolean {
  return client === 'fetch' || clientProfiles[client].package === null;
}

function modesOf(client: ClientName): Mode[] {
  const { verifyName, expectProxyName } = clientProfiles[client];
  return [
    'plain',
    ...(verifyName === undefined ? [] : ['verify-name' as const]),
    ...(expectProxyName === undefined ? [] : ['proxy-leg' as const]),
  ];
}

/** Clients that are installed in several versions. */
const aliases: Partial<Record<ClientName, readonly string[]>> = {
  undici: ['undici6', 'undici', 'undici8'],
  'undici-proxy': ['undici6', 'undici', 'undici8'],
};

const speeches: Partial<Record<ClientName, Speech>> = {
  https: 'http',
  http2: 'h2',
  axios: 'http',
  got: 'http',
  undici: 'http',
  fetch: 'http',
  'node-fetch': 'http',
  ws: 'http',
  pg: 'postgres',
  nodemailer: 'smtp',
  'grpc-js': 'h2',
  superagent: 'http',
  'http-proxy': 'http',
  httpxy: 'http',
  'https-proxy-agent': 'http',
  'undici-proxy': 'http',
  postgres: 'postgres',
  mysql2: 'mysql',
  imapflow: 'imap',
  elasticsearch: 'http',
  tedious: 'tds',
  'basic-ftp': 'ftp',
};

function installed(alias: string | null): Pick<Subject, 'version' | 'skip'> {
  if (alias === null) return { version: 'node', skip: null };
  const { version, engines } = manifestOf(alias);
  const needs = /^>=\s*(\d+)\.(\d+)/.exec(engines?.node ?? '');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needsMajor, needsMinor] = [Number(needs?.[1] ?? 0), Number(needs?.[2] ?? 0)];
  const runs = major > needsMajor || (major === needsMajor && minor >= needsMinor);
  return { version, skip: runs ? null : `${alias} ${version} needs Node ${engines?.node}` };
}

interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
}

/** The package.json of an installed package, which its exports may hide. */
function manifestOf(alias: string): Manifest {
  let folder = dirname(fileURLToPath(import.meta.resolve(alias)));
  while (folder !== dirname(folder)) {
    const manifest = readManifest(join(folder, 'package.json'));
    if (manifest !== null) return manifest;
    folder = dirname(folder);
  }
  throw new Error(`${alias} has no package.json`);
}

function readManifest(file: string): Manifest | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const read = JSON.parse(text) as Partial<Manifest>;
  return read.version === undefined ? null : (read as Manifest);
}
