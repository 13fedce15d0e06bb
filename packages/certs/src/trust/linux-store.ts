import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Step } from './step.ts';
import { holds, type TrustRoot } from './trust-root.ts';
import type { TrustStore } from './trust-store.ts';

interface Family {
  /** There where the family's tools are. */
  readonly marker: string;
  /** Roots of the administrator's own. */
  readonly dir: string;
  readonly suffix: string;
  readonly update: readonly string[];
  /** What the tools make of all roots. */
  readonly bundle: string;
}

/** Where each family of Linux keeps what its administrator trusts. The first whose marker is there holds. */
const families: readonly Family[] = [
  {
    // Fedora, RHEL
    marker: '/etc/pki/ca-trust/source',
    dir: '/etc/pki/ca-trust/source/anchors',
    suffix: '.pem',
    update: ['update-ca-trust', 'extract'],
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  {
    // openSUSE
    marker: '/etc/pki/trust',
    dir: '/etc/pki/trust/anchors',
    suffix: '.pem',
    update: ['update-ca-certificates'],
    bundle: '/var/lib/ca-certificates/ca-bundle.pem',
  },
  {
    // Arch
    marker: '/etc/ca-certificates/trust-source',
    dir: '/etc/ca-certificates/trust-source/anchors',
    suffix: '.crt',
    update: ['trust', 'extract-compat'],
    bundle: '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
  },
  {
    // Debian, Ubuntu, Alpine
    marker: '/etc/ca-certificates.conf',
    dir: '/usr/local/share/ca-certificates',
    suffix: '.crt',
    update: ['update-ca-certificates'],
    bundle: '/etc/ssl/certs/ca-certificates.crt',
  },
];

/** The store of a Linux system; null for one whose tools are not known, or not installed. */
export function linuxStore(machine: Machine): TrustStore | null {
  const family = families.find(({ marker }) => machine.exists(marker));
  if (family === undefined) return null;
  const { dir, suffix, update, bundle } = family;
  const tool = update[0] ?? '';
  const fileOf = (root: TrustRoot): string => join(dir, `${root.name}${suffix}`);
  const state = async (root: TrustRoot): Promise<'trusted' | 'not-trusted'> =>
    (await hasRoot(fileOf(root), root)) && (await hasRoot(bundle, root)) ? 'trusted' : 'not-trusted';
  return {
    kind: 'system',
    place: dir,
    lacks: machine.find(tool) === null ? `${tool}, of the package ca-certificates` : null,
    filledBy: null,
    state,
    async install(root) {
      if ((await state(root)) === 'trusted') return [];
      return [asRoot('install', '-D', '-m', '0644', root.file, fileOf(root)), asRoot(...update)];
    },
    async remove(root) {
      const file = fileOf(root);
      const link = `/etc/ssl/certs/${root.name}.pem`;
      // What update-ca-certificates of Debian does not undo when a file has gone.
      const debian = machine.exists('/etc/debian_version') && (await isLink(link));
      if (!debian && !machine.exists(file)) return [];
      return [
        asRoot('rm', '-f', file, ...(debian ? [link] : [])),
        ...(debian ? [asRoot('openssl', 'rehash', '/etc/ssl/certs')] : []),
        asRoot(...update),
        ...(debian ? (await hooks()).map((hook) => ({ ...asRoot(hook), line: `-${link}` })) : []),
      ];
    },
  };
}

/** Debian's hooks are told of each root that comes (`+`) and goes (`-`): update-ca-certificates(8). */
async function hooks(): Promise<string[]> {
  const dir = '/etc/ca-certificates/update.d';
  const names = await readdir(dir).catch(() => []);
  // The names that run-parts(8) runs.
  return names.filter((name) => /^[\w-]+$/.test(name)).map((name) => join(dir, name));
}

async function hasRoot(file: string, root: TrustRoot): Promise<boolean> {
  return holds(await readFile(file, 'latin1').catch(() => ''), root);
}

async function isLink(file: string): Promise<boolean> {
  return (await readlink(file).catch(() => null)) !== null;
}

function asRoot(...argv: string[]): Step {
  return { argv, asRoot: true };
}
