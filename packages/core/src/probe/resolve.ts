import { lookup, Resolver } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { Origin } from '../diagnosis/evidence.ts';
import { readIdentifier } from '../names/identifier.ts';

/** Where a host leads. */
export interface Resolution {
  readonly addresses: readonly string[];
  readonly from: Origin;
  readonly searchDomain: string | null;
  /** The DNS error when there is no address. */
  readonly error: { readonly code: string | null; readonly message: string } | null;
}

/** How to ask. */
export interface ResolveOptions {
  readonly family?: 4 | 6;
  /** Empty: the way of the system, hosts file and search domains included. */
  readonly dnsServers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Milliseconds left. */
  readonly timeout: number;
}

/** No CNAME chain that works is longer. */
const longestAliasPath = 8;

/** The addresses of a host, as a Node client would get them, or as the given DNS servers say. Never rejects. */
export async function resolveHost(host: string, options: ResolveOptions): Promise<Resolution> {
  const identifier = readIdentifier(host);
  if (typeof identifier !== 'string' && identifier.kind === 'ip') {
    return { addresses: [identifier.value], from: 'literal', searchDomain: null, error: null };
  }
  return options.dnsServers.length > 0 ? await askServers(host, options) : await askSystem(host, options);
}

/** The CNAME records from a host on, target after target, as far as known when `signal` aborts. Never rejects. */
export async function aliasPath(
  host: string,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const path: string[] = [];
  const identifier = readIdentifier(host);
  if (typeof identifier === 'string' || identifier.kind === 'ip' || isLocal(identifier.value)) return path;
  const resolver = makeResolver(options);
  const cancel = (): void => resolver.cancel();
  const timer = setTimeout(cancel, options.timeout);
  signal.addEventListener('abort', cancel, { once: true });
  let name = identifier.value;
  while (path.length < longestAliasPath && !signal.aborted) {
    const target = await new Promise<string | null>((resolve) => {
      resolver.resolveCname(name, (error, records) => resolve(error === null ? (records[0] ?? null) : null));
    });
    const read = target === null ? 'empty' : readIdentifier(target);
    if (typeof read === 'string' || path.includes(read.value)) break;
    path.push(read.value);
    name = read.value;
  }
  signal.removeEventListener('abort', cancel);
  clearTimeout(timer);
  return path;
}

/** The search domain of the system that made a host resolvable: the host itself has no address. Never rejects. */
export async function systemSearchDomain(
  host: string,
  addresses: readonly string[],
  options: ResolveOptions,
): Promise<string | null> {
  if (host.endsWith('.') || isLocal(host)) return null;
  if ((await hostsFileNames()).has(host)) return null;
  const domains = await searchDomainsOfSystem();
  if (domains.length === 0) return null;
  const own = await askServer(host, options);
  if (own.length > 0) return null;
  for (const domain of domains) {
    const found = await askServer(`${host}.${domain}`, options);
    if (found.some((address) => addresses.includes(address))) return domain;
  }
  return null;
}

async function askSystem(host: string, options: ResolveOptions): Promise<Resolution> {
  return await new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const done = (resolution: Resolution): void => {
      clearTimeout(timer);
      resolve(resolution);
    };
    timer = setTimeout(() => done(failed('ETIMEOUT', `no answer for ${host}`)), options.timeout);
    lookup(host, { all: true, family: options.family ?? 0, verbatim: true }, (error, found) => {
      if (error !== null) done(failed(error.code ?? null, error.message));
      else
        done({
          addresses: found.map(({ address }) => address),
          from: 'dns',
          searchDomain: null,
          error: null,
        });
    });
  });
}

async function askServers(host: string, options: ResolveOptions): Promise<Resolution> {
  const absolute = host.endsWith('.');
  const name = absolute ? host.slice(0, -1) : host;
  const below = absolute
    ? []
    : options.searchDomains.map((domain) => ({ name: `${name}.${domain}`, domain }));
  const itself = { name, domain: null };
  // ndots:1, as resolv.conf has it by default: a name with a dot is tried as it is first.
  const candidates = name.includes('.') ? [itself, ...below] : [...below, itself];
  for (const candidate of candidates) {
    const addresses = await askServer(candidate.name, options);
    if (addresses.length > 0) {
      return { addresses, from: 'dns', searchDomain: candidate.domain, error: null };
    }
  }
  return failed('ENOTFOUND', `no address for ${host}`);
}

async function askServer(name: string, options: ResolveOptions): Promise<string[]> {
  const resolver = makeResolver(options);
  const timer = setTimeout(() => resolver.cancel(), options.timeout);
  const ask = async (family: 4 | 6): Promise<string[]> =>
    options.family !== undefined && options.family !== family
      ? []
      : await new Promise((resolve) => {
          const answer = (error: Error | null, found: string[]): void => resolve(error === null ? found : []);
          if (family === 4) resolver.resolve4(name, answer);
          else resolver.resolve6(name, answer);
        });
  const found = (await Promise.all([ask(4), ask(6)])).flat();
  clearTimeout(timer);
  return found;
}

function makeResolver(options: ResolveOptions): Resolver {
  const resolver = new Resolver({
    timeout: Math.round(Math.max(100, Math.min(options.timeout, 2000))),
    tries: 2,
  });
  if (options.dnsServers.length > 0) resolver.setServers(options.dnsServers);
  return resolver;
}

function failed(code: string | null, message: string): Resolution {
  return { addresses: [], from: 'dns', searchDomain: null, error: { code, message } };
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

async function searchDomainsOfSystem(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const line = text.match(/^\s*search\s+(.*)$/gm)?.at(-1) ?? '';
  return line.trim().split(/\s+/).slice(1, 7);
}

/** The names in the hosts file; empty where there is none to read. */
export async function hostsFileNames(): Promise<Set<string>> {
  const text = await readFile('/etc/hosts', 'utf8').catch(() => '');
  return new Set(text.split('\n').flatMap((line) => (line.split('#')[0] ?? '').trim().split(/\s+/).slice(1)));
}
