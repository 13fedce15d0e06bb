import { connection, type Connection, type ConnectionOptions } from '@altname/client';
import { AltnameError, parseIdentifier, printable, shownTarget } from '@altname/core';
import { fault, readKeys } from './fault.ts';

/** One server of an upstream that has several. */
export interface ServerOptions {
  readonly to: string;
  /** The name that its certificate has to carry; that of the upstream when not given. */
  readonly name?: string;
}

/** One server of an upstream, read. Frozen. */
export interface ServerConfig {
  /** `https://host:port`, `http://host:port`, or `unix:/path`. */
  readonly origin: string;
  /** What `Host` is for it alone: host and port, the port left out where it is that of the scheme. */
  readonly authority: string;
  /** How it is dialled and verified; null where HTTP is plain. */
  readonly connection: Connection | null;
  /** The same, offering HTTP/2 as the protocol of the upstream says; null where it offers none. */
  readonly http2: Connection | null;
  /** For plain HTTP: where to dial. */
  readonly dial: { readonly host: string; readonly port: number } | { readonly path: string } | null;
  /** For words: the key of its `to`, and that of its name. */
  readonly key: string;
  readonly nameKey: string;
  readonly named: boolean;
}

/** What all servers of an upstream have in common. */
export interface SharedOptions {
  readonly name: unknown;
  readonly protocol: 'http1' | 'http2' | 'auto';
  /** For `connection` of `@altname/client`. */
  readonly tls: Readonly<Record<string, unknown>>;
  readonly timeout: number;
}

const mostServers = 256;

/**
 * Reads `to`: a URL, or a list of URLs and of `{ to, name }`.
 *
 * @param key that of the upstream
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key.
 */
export function readServers(key: string, to: unknown, shared: SharedOptions): readonly ServerConfig[] {
  if (!Array.isArray(to)) return Object.freeze([readServer(`${key}.to`, `${key}.name`, { to }, shared)]);
  if (to.length === 0 || to.length > mostServers) {
    throw fault(`${key}.to`, `1 to ${mostServers} servers are expected`);
  }
  const servers = to.map((each: unknown, index) => {
    const place = `${key}.to[${index}]`;
    if (typeof each === 'string') return readServer(place, `${key}.name`, { to: each }, shared);
    const own = readKeys(place, each, ['to', 'name']);
    return readServer(`${place}.to`, `${place}.name`, own, shared);
  });
  // One address under two names is two servers: each name is answered with a certificate of its own.
  for (const [index, each] of servers.entries()) {
    const first = servers.findIndex(
      (other) => other.origin === each.origin && other.connection?.name === each.connection?.name,
    );
    if (first < index) throw fault(`${key}.to[${index}]`, `${key}.to[${first}] is the same server`);
  }
  return Object.freeze(servers);
}

/** An upstream whose addresses without a name have themselves as name, so that they can be asked; the keys of these. */
export function withAddressesNamed(given: unknown): {
  readonly options: unknown;
  readonly nameless: Set<number>;
} {
  const nameless = new Set<number>();
  const options = (given ?? {}) as { readonly to?: unknown; readonly name?: unknown };
  if (options.name !== undefined) return { options: given, nameless };
  const list: readonly unknown[] = Array.isArray(options.to) ? options.to : [options.to];
  const to = list.map((each, index) => {
    const server = (typeof each === 'string' ? { to: each } : (each ?? {})) as Partial<ServerOptions>;
    if (server.name !== undefined || typeof server.to !== 'string' || !URL.canParse(server.to)) return each;
    const { protocol, hostname } = new URL(server.to);
    if (protocol !== 'https:' || !isAddress(hostname)) return each;
    nameless.add(index);
    return { ...server, name: hostname.replace(/^\[|\]$/g, '') };
  });
  return nameless.size === 0 ? { options: given, nameless } : { options: { ...options, to }, nameless };
}

function readServer(
  key: string,
  nameKey: string,
  { to, name: own }: Readonly<Record<string, unknown>>,
  shared: SharedOptions,
): ServerConfig {
  const name = own ?? shared.name;
  if (typeof to !== 'string') throw fault(key, 'a URL is expected, such as https://10.0.0.5:8443');
  const shown = `${key} "${printable(shownTarget(to), 120)}"`;
  if (to.startsWith('unix:')) {
    // What Linux takes: 108 octets with the one that ends it.
    const path = /^unix:(?:\/\/)?(\/[\x21-\x7e]{1,106})$/.exec(to)?.[1];
    if (path === undefined)
      throw fault(shown, 'the path of a socket is expected, such as unix:/run/app.sock');
    refuseTls(key, nameKey, own, shared);
    const dial = Object.freeze({ path });
    return plain({ origin: `unix:${path}`, authority: 'localhost', dial, key, nameKey });
  }
  if (!URL.canParse(to)) throw fault(shown, 'it is no URL; https://host:port is expected');
  const url = new URL(to);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw fault(shown, 'https:// is expected, or http:// or unix:/path, which verify nothing');
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(to) || url.pathname !== '/') {
    throw fault(shown, 'host and port alone are expected; paths are handed on as they come');
  }
  if (url.protocol === 'http:') {
    refuseTls(key, nameKey, own, shared);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const dial = Object.freeze({ host, port: url.port === '' ? 80 : Number(url.port) });
    return plain({ origin: url.origin, authority: url.host, dial, key, nameKey });
  }
  if (name === undefined && isAddress(url.hostname)) {
    throw fault(
      nameKey,
      `${url.hostname} is an address: say which name its certificate has to carry (altname proxy --check shows which it does)`,
    );
  }
  const options = {
    to: url.port === '' ? `${url.hostname}:443` : url.host,
    ...(name === undefined ? {} : { name }),
    ...shared.tls,
    timeout: shared.timeout,
  };
  const alpn = { http1: null, http2: ['h2'], auto: ['h2', 'http/1.1'] }[shared.protocol];
  return Object.freeze({
    origin: url.origin,
    authority: url.host,
    connection: makeConnection(key, nameKey, options),
    http2: alpn === null ? null : makeConnection(key, nameKey, { ...options, alpn }),
    dial: null,
    key,
    nameKey,
    named: name !== undefined,
  });
}

function plain(server: Omit<ServerConfig, 'connection' | 'http2' | 'named'>): ServerConfig {
  return Object.freeze({ ...server, connection: null, http2: null, named: false });
}

/** A promise that nobody keeps is refused: what is not verified has no name, no CA and no certificate. */
function refuseTls(key: string, nameKey: string, own: unknown, { name, tls }: SharedOptions): void {
  const upstream = nameKey.replace(/(?:\.to\[\d+\])?\.name$/, '');
  const [first] = Object.keys(tls);
  const given = own !== undefined ? nameKey : name !== undefined ? `${upstream}.name` : null;
  const found = given ?? (first === undefined ? null : `${upstream}.${first}`);
  if (found !== null) throw fault(found, `${key} is plain HTTP, of which nothing is verified`);
}

function makeConnection(
  key: string,
  nameKey: string,
  options: Readonly<Record<string, unknown>>,
): Connection {
  try {
    return connection(options as unknown as ConnectionOptions);
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    const message = /^name\b/.test(error.message)
      ? error.message.replace(/^name/, nameKey)
      : /^to\b/.test(error.message)
        ? error.message.replace(/^to/, key)
        : `${nameKey.replace(/(?:\.to\[\d+\])?\.name$/, '')}.${error.message}`;
    throw new AltnameError(error.code, message, { cause: error });
  }
}

function isAddress(hostname: string): boolean {
  try {
    return parseIdentifier(hostname.replace(/^\[(.*)\]$/, '$1')).kind === 'ip';
  } catch {
    return false;
  }
}
