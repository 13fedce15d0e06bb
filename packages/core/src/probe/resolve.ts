import { lookup, Resolver } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { Origin } from '../diagnosis/evidence.ts';
import { readIdentifier } from '../names/identifier.ts';

/** Where a host leads. */
export interface Resolution {
  readonly addresses: readonly string[];
  readonly from: Origin;
  readonly searchDomain: string | null;
  /** The DNS error when there is no address; `ETIMEOUT` when there was no answer in time. */
  readonly error: { readonly code: string | null; readonly message: string } | null;
}

/** How to ask. */
export interface ResolveOptions {
  readonly family?: 4 | 6;
  /** `address` or `address:port`. Empty: the way of the system, hosts file and search domains included. */
  readonly dnsServers: readonly string[];
  readonly searchDomains: readonly string[];
  /** A name with fewer dots is tried with the search domains first, as `ndots` in resolv.conf. */
  readonly ndots: number;
  /** Ends every question. */
  readonly signal: AbortSignal;
}

/** No CNAME chain that works is longer. */
const longestAliasPath = 8;

/** Milliseconds for the first of two tries; c-ares doubles it for the second. */
const oneTry = 2000;

/** The addresses of a host, as a Node client would get them, or as the given DNS servers say. Never rejects. */
export async function resolveHost(host: string, options: ResolveOptions): Promise<Resolution> {
  const identifier = readIdentifier(host);
  if (typeof identifier !== 'string' && identifier.kind === 'ip') {
    return { addresses: [identifier.value], from: 'literal', searchDomain: null, error: null };
  }
  // RFC 6761 §6.3: localhost is never asked of a DNS server.
  return options.dnsServers.length > 0 && !isLocal(host)
    ? await askServers(host, options)
    : await askSystem(host, options);
}

/** The CNAME records from a host on, target after target, as far as known when the signal aborts. Never rejects. */
export async function aliasPath(host: string, options: ResolveOptions): Promise<string[]> {
  const path: string[] = [];
  const identifier = readIdentifier(host);
  if (typeof identifier === 'string' || identifier.kind === 'ip' || isLocal(identifier.value)) return path;
  await withResolver(options, async (resolver) => {
    let name = identifier.value;
    while (path.length < longestAliasPath && !options.signal.aborted) {
      const target = await new Promise<string | null>((resolve) => {
        resolver.resolveCname(name, (error, records) =>
          resolve(error === null ? (records[0] ?? null) : null),
        );
      });
      const read = target === null ? 'empty' : readIdentifier(target);
      if (typeof read === 'string' || read.value === identifier.value || path.includes(read.value)) break;
      path.push(read.value);
      name = read.value;
    }
  });
  return path;
}

/**
 * The search domain of the system that made a host resolve to these addresses: the host itself does not. Never rejects.
 */
export async function systemSearchDomain(
  host: string,
  addresses: readonly string[],
  options: ResolveOptions,
  domains?: readonly string[],
): Promise<string | null> {
  if (host.endsWith('.') || isLocal(host)) return null;
  const search = domains ?? (await searchDomainsOfSystem());
  if (search.length === 0) return null;
  const answers = async (name: string): Promise<boolean> =>
    (await askFor(name, options)).addresses.some((address) => addresses.includes(address));
  if (await answers(host)) return null;
  for (const domain of search) {
    if (await answers(`${host}.${domain}`)) return domain;
  }
  return null;
}

/** The names in the hosts file, in lower case; empty where there is none to read. */
export async function hostsFileNames(): Promise<Set<string>> {
  const place = process.platform === 'win32' ? `${process.env['SystemRoot']}\\System32\\drivers` : '';
  const text = await readFile(`${place}/etc/hosts`, 'utf8').catch(() => '');
  const names = text.split('\n').flatMap((line) => (line.split('#')[0] ?? '').trim().split(/\s+/).slice(1));
  return new Set(names.map((name) => name.toLowerCase()));
}

async function askSystem(host: string, { family, signal }: ResolveOptions): Promise<Resolution> {
  return await new Promise((resolve) => {
    const done = (resolution: Resolution): void => {
      signal.removeEventListener('abort', late);
      resolve(resolution);
    };
    const late = (): void => done(noAnswer(host));
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) return late();
    lookup(host, { all: true, family: family ?? 0 }, (error, found) => {
      if (error !== null) done(failed(error.code ?? null, error.message));
      else done(resolved(found.map(({ address }) => address)));
    });
    return undefined;
  });
}

/** As the resolver of the system goes through `search` and `ndots` of resolv.conf. */
async function askServers(host: string, options: ResolveOptions): Promise<Resolution> {
  const absolute = host.endsWith('.');
  const name = absolute ? host.slice(0, -1) : host;
  const below = options.searchDomains.map((domain) => ({
    name: `${name}.${domain.replace(/\.$/, '')}`,
    domain,
  }));
  const itself = { name, domain: null };
  const first = name.split('.').length - 1 >= options.ndots;
  const candidates = absolute ? [itself] : first ? [itself, ...below] : [...below, itself];
  let problem: string | null = null;
  for (const candidate of candidates) {
    const { addresses, code } = await askFor(candidate.name, options);
    if (addresses.length > 0) return resolved(addresses, candidate.domain);
    if (code === 'ETIMEOUT') return noAnswer(host);
    problem ??= code;
  }
  return failed(problem ?? 'ENOTFOUND', `no address for ${host}${problem === null ? '' : ` (${problem})`}`);
}

interface Found {
  readonly addresses: readonly string[];
  /** Why there is none, other than that the name has none. */
  readonly code: string | null;
}

async function askFor(name: string, options: ResolveOptions): Promise<Found> {
  return await withResolver(options, async (resolver) => {
    const ask = async (family: 4 | 6): Promise<Found> =>
      options.family !== undefined && options.family !== family
        ? { addresses: [], code: null }
        : await new Promise((resolve) => {
            const answer = (error: NodeJS.ErrnoException | null, addresses: string[]): void =>
              resolve(error === null ? { addresses, code: null } : { addresses: [], code: codeOf(error) });
            if (family === 4) resolver.resolve4(name, answer);
            else resolver.resolve6(name, answer);
          });
    const [four, six] = await Promise.all([ask(4), ask(6)]);
    return { addresses: [...four.addresses, ...six.addresses], code: four.code ?? six.code };
  });
}

/** Null where the name has no address of the family, or does not exist (RFC 8020, RFC 2308). */
function codeOf(error: NodeJS.ErrnoException): string | null {
  const code = error.code ?? 'EUNKNOWN';
  if (code === 'ENOTFOUND' || code === 'ENODATA') return null;
  return code === 'ECANCELLED' ? 'ETIMEOUT' : code;
}

async function withResolver<T>(options: ResolveOptions, ask: (resolver: Resolver) => Promise<T>): Promise<T> {
  const resolver = new Resolver({ timeout: oneTry, tries: 2 });
  if (options.dnsServers.length > 0) resolver.setServers(options.dnsServers);
  const cancel = (): void => resolver.cancel();
  options.signal.addEventListener('abort', cancel, { once: true });
  const asked = ask(resolver);
  if (options.signal.aborted) cancel();
  return await asked.finally(() => options.signal.removeEventListener('abort', cancel));
}

function resolved(addresses: readonly string[], searchDomain: string | null = null): Resolution {
  return { addresses, from: 'dns', searchDomain, error: null };
}

function noAnswer(host: string): Resolution {
  return failed('ETIMEOUT', `no answer for ${host}`);
}

function failed(code: string | null, message: string): Resolution {
  return { addresses: [], from: 'dns', searchDomain: null, error: { code, message } };
}

function isLocal(host: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(host);
}

async function searchDomainsOfSystem(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const line = text.match(/^\s*(?:search|domain)\s+(.*)$/gm)?.at(-1) ?? '';
  return line.trim().split(/\s+/).slice(1, 7);
}
