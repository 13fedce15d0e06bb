import type { Origin } from '../diagnosis/evidence.ts';
import { readIdentifier } from '../names/identifier.ts';
import { peek, peekText, type ErrorNode } from './error-graph.ts';

/** A host and port that an error speaks of. Never with user name, password, path or query. */
export interface Place {
  /** Canonical, without brackets. */
  readonly host: string;
  /** Null when it is not said, and no scheme implies it. */
  readonly port: number | null;
  /** Of a URL; null for a bare host. */
  readonly scheme: string | null;
}

/** What the errors say of where the connection was to go. */
export interface ErrorPlaces {
  readonly asked: Place | null;
  readonly askedFrom: Origin;
  /** The address that was dialled. */
  readonly address: string | null;
  /** The Host header that the user set; `''` when none was set, null when the error does not say. */
  readonly hostHeader: string | null;
  /** The `servername` that the user set. */
  readonly servername: string | null;
}

/**
 * Looks for the place in the objects that client libraries hang on their errors.
 *
 * | client          | where                                                               |
 * |-----------------|---------------------------------------------------------------------|
 * | axios           | `request._currentUrl` (after redirects), `config.url`, `config.headers`, `config.httpsAgent` |
 * | got             | `options.url`, `options.headers`, `options.agent.https`              |
 * | node-fetch      | `request to URL failed`                                              |
 * | elasticsearch   | `meta.meta.connection.url`                                           |
 * | mongodb         | the servers of `reason`                                              |
 * | kafkajs         | `broker`                                                             |
 * | tedious         | `Failed to connect to HOST:PORT`                                     |
 * | ws              | the `target` of an error event                                       |
 * | Node            | `host` and `port` of a closed connection; `address`, `port`, `hostname` of a failed call |
 */
export function findPlaces(nodes: readonly ErrorNode[]): ErrorPlaces {
  let asked: Place | null = null;
  let askedFrom: Origin = 'unknown';
  let address: string | null = null;
  let hostHeader: string | null = null;
  let servername: string | null = null;
  for (const node of nodes) {
    const { value } = node;
    if (asked === null) {
      asked = urlOf(node);
      askedFrom = asked === null ? 'unknown' : 'url';
    }
    if (asked === null) {
      asked = hostOf(node);
      askedFrom = asked === null ? 'unknown' : 'option-host';
    }
    address ??= addressOf(value);
    hostHeader ??= hostHeaderOf(value);
    servername ??= servernameOf(value);
  }
  return { asked, askedFrom, address, hostHeader, servername };
}

const longestPlace = 2048;

/** Ports of the schemes that mean nothing but TLS on a port of their own. */
const schemePorts: Readonly<Record<string, number>> = {
  https: 443,
  wss: 443,
  smtps: 465,
  imaps: 993,
  ldaps: 636,
  ftps: 990,
  mqtts: 8883,
  amqps: 5671,
};

/** Reads a URL, `host`, `host:port`, `address` or `[v6]:port`; null when it is none of them. */
export function readPlace(text: string | null): Place | null {
  if (text === null || text.length > longestPlace) return null;
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]{0,40}):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const authority = rest.split(/[/?#\\]/, 1)[0] ?? '';
  const place = authority.slice(authority.lastIndexOf('@') + 1);
  const whole = readIdentifier(place);
  if (typeof whole !== 'string') return { host: whole.value, port: portOf(scheme), scheme: scheme ?? null };
  const [, v6, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{0,5}))?$/.exec(place) ?? [];
  const read = readIdentifier(v6 ?? name ?? '');
  const port = digits === undefined || digits === '' ? portOf(scheme) : Number(digits);
  if (typeof read === 'string' || (port !== null && (port < 1 || port > 65_535))) return null;
  return { host: read.value, port, scheme: scheme ?? null };
}

/** A text without what URLs in it can carry beside scheme, host and port: credentials, paths, queries. */
export function withoutSecrets(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]{0,40}):\/\/([^\s"'`<>]*)/gi, (_, scheme: string, rest: string) => {
    const authority = rest.split(/[/?#\\]/, 1)[0] ?? '';
    const place = authority.slice(authority.lastIndexOf('@') + 1);
    const end = rest === authority ? '' : '/…';
    return `${scheme}://${readPlace(place) === null ? '…' : place}${end}`;
  });
}

function portOf(scheme: string | undefined): number | null {
  return schemePorts[scheme?.toLowerCase() ?? ''] ?? null;
}

function urlOf({ value, message }: ErrorNode): Place | null {
  const config = peek(value, 'config');
  const options = peek(value, 'options');
  const target = peek(value, 'target');
  const connection = peek(peek(peek(value, 'meta'), 'meta'), 'connection');
  return (
    readPlace(peekText(peek(value, 'request'), '_currentUrl', longestPlace)) ??
    readPlace(absolute(config)) ??
    readPlace(hrefOf(peek(options, 'url'))) ??
    readPlace(hrefOf(peek(connection, 'url'))) ??
    readPlace(hrefOf(peek(target, 'url'))) ??
    readPlace(/^request to (\S{1,2048}) failed/.exec(message)?.[1] ?? null)
  );
}

/** The URL of an axios configuration; a relative one stands behind its base. */
function absolute(config: unknown): string | null {
  const own = peekText(config, 'url', longestPlace);
  return own !== null && own.includes('://') ? own : peekText(config, 'baseURL', longestPlace);
}

function hrefOf(url: unknown): string | null {
  const text = typeof url === 'string' ? url : peekText(url, 'href', longestPlace);
  return text !== null && text.includes('://') ? text : null;
}

function hostOf({ value, message, code }: ErrorNode): Place | null {
  const broker = readPlace(peekText(value, 'broker', longestPlace));
  if (broker !== null) return broker;
  const tedious = /^Failed to connect to (\S{1,2048}) - /.exec(message)?.[1];
  if (tedious !== undefined) return readPlace(tedious);
  const servers = peek(value, 'servers');
  if (servers instanceof Map) return serverOf(servers);
  // On an error of a wrong name, `host` is what was checked; on that of a closed connection, what was dialled.
  const host = code === 'ECONNRESET' ? peekText(value, 'host', 300) : peekText(value, 'hostname', 300);
  const place = readPlace(host);
  const port = peek(value, 'port');
  return place === null || typeof port !== 'number' || port < 1 || port > 65_535 ? place : { ...place, port };
}

/** The one server of mongodb that has an error. */
function serverOf(servers: Map<unknown, unknown>): Place | null {
  try {
    const names = [...Map.prototype.entries.call(servers)]
      .slice(0, 50)
      .filter(([, server]) => peek(server, 'error') instanceof Error)
      .map(([name]) => name);
    return names.length === 1 && typeof names[0] === 'string' ? readPlace(names[0]) : null;
  } catch {
    return null;
  }
}

function addressOf(value: unknown): string | null {
  const socket = peek(value, 'socket');
  for (const text of [peekText(value, 'address', 100), peekText(socket, 'remoteAddress', 100)]) {
    const read = text === null ? 'empty' : readIdentifier(text);
    if (typeof read !== 'string' && read.kind === 'ip') return read.value;
  }
  return null;
}

/** Of axios and got, which keep the headers of the request; names of headers have no case. */
function hostHeaderOf(value: unknown): string | null {
  for (const holder of [peek(value, 'config'), peek(value, 'options')]) {
    const headers = peek(holder, 'headers');
    if (typeof headers !== 'object' || headers === null) continue;
    return withoutSecrets(peekText(headers, 'host', 300) ?? peekText(headers, 'Host', 300) ?? '');
  }
  return null;
}

function servernameOf(value: unknown): string | null {
  const agents = [
    peek(peek(value, 'config'), 'httpsAgent'),
    peek(peek(peek(value, 'options'), 'agent'), 'https'),
  ];
  for (const agent of agents) {
    const name = peekText(peek(agent, 'options'), 'servername', 300);
    if (name !== null && name !== '') return name;
  }
  return null;
}
