import http from 'node:http';
import type https from 'node:https';
import { connection, httpsAgent, type ConnectionOptions, type HttpsAgentOptions } from '@altname/client';
import { AltnameError, parseIdentifier, printable, shownTarget } from '@altname/core';
import { fault } from '../config/fault.ts';
import type { ServerOptions } from './server-options.ts';

/** A target as `url.parse` has it: what the events of http-proxy show. */
export interface TargetUrl {
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string | null;
  readonly pathname: string;
  readonly search: string | null;
  readonly path: string;
  readonly href: string;
}

/** Where requests go, read. */
export interface Target {
  readonly url: TargetUrl;
  readonly isSecure: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly socketPath: string | null;
  /** Host, and port where it is not that of the scheme. */
  readonly authority: string;
  /** For `https:`, it decides what is dialled, sent and checked. */
  readonly agent: http.Agent;
}

/** Agents by what they were made of. */
export type Agents = Map<string, http.Agent>;

/** More targets at once than any configuration has; who makes one for each request gets a new agent now and then. */
const mostAgents = 500;

/**
 * Reads a target, and makes its agent. The server name, and what is checked, come of the target and `name` alone.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function readTarget(key: 'target' | 'forward', options: ServerOptions, agents: Agents): Target {
  const given = options[key];
  const url = urlOf(key, given);
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!isSecure && url.protocol !== 'http:' && url.protocol !== 'ws:') {
    throw fault(`${key} "${shown(url.href)}"`, 'http://, https://, ws:// or wss:// is expected');
  }
  const { socketPath = null, ...parts } = (typeof given === 'string' ? {} : given) as {
    socketPath?: string | null;
    ca?: unknown;
    cert?: unknown;
    key?: unknown;
    passphrase?: unknown;
  };
  for (const name of ['pfx', 'ciphers', 'secureProtocol', 'rejectUnauthorized', 'checkServerIdentity']) {
    if ((parts as Record<string, unknown>)[name] === undefined) continue;
    throw fault(`${key}.${name}`, 'it is not taken: give ca, name, and cert and key as PEM');
  }
  const kept = keptOf(options.agent);
  if (!isSecure) {
    const agent = cached(agents, `http ${JSON.stringify(kept)}`, () => new http.Agent(kept));
    return targetOf(url, socketPath, agent, false);
  }
  if (options.secure !== undefined && options.secure !== true) {
    throw fault(
      'secure',
      'an https target is always verified: give ca for a CA of your own, name for another name on the certificate, or tolerate for one named fault in development',
    );
  }
  for (const name of ['localAddress', 'lookup'] as const) {
    if (options[name] === undefined) continue;
    throw fault(
      name,
      'it is for http targets: an https target is dialled as it says; give its address as target, and name',
    );
  }
  if (options.name === undefined && socketPath === null && isAddress(url.hostname)) {
    throw fault('name', `${url.hostname} is an address: say which name its certificate has to carry`);
  }
  const { name, tolerate } = options;
  const tls = {
    ...(name === undefined ? {} : { name }),
    ...(tolerate === undefined ? {} : { tolerate }),
    ...taken('ca', parts.ca ?? options.ca),
    ...taken('cert', parts.cert ?? options.cert),
    ...taken('key', parts.key ?? options.key),
    ...taken('passphrase', parts.passphrase ?? options.passphrase),
  };
  const to = socketPath ?? `${bracketed(url.hostname)}:${url.port ?? '443'}`;
  const label = JSON.stringify([to, { ...tls, tolerate: idOf(tolerate) }, kept]);
  const agent = cached(agents, label, () => secureAgent(key, { to, ...tls }, kept));
  return targetOf(url, socketPath, agent, true);
}

const ids = new WeakMap<object, number>();
let lastId = 0;

/** What an object that shows nothing of itself is told from others by. */
function idOf(object: object | undefined): number {
  if (object === undefined) return 0;
  const id = ids.get(object) ?? ++lastId;
  ids.set(object, id);
  return id;
}

function secureAgent(
  key: string,
  options: Readonly<Record<string, unknown>>,
  kept: HttpsAgentOptions,
): https.Agent {
  try {
    return httpsAgent(connection(options as unknown as ConnectionOptions), kept);
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    const isAbout = error.message.startsWith('to ');
    throw new AltnameError(error.code, isAbout ? `${key}: ${error.message}` : error.message, {
      cause: error,
    });
  }
}

function cached(agents: Agents, label: string, make: () => http.Agent): http.Agent {
  const known = agents.get(label);
  if (known !== undefined) return known;
  const made = make();
  if (agents.size >= mostAgents) {
    const [oldest] = agents.keys();
    if (oldest !== undefined) agents.delete(oldest);
  }
  agents.set(label, made);
  return made;
}

/** How sockets are kept, of an agent that a program gives. As in http-proxy, without one none is. */
function keptOf(agent: ServerOptions['agent']): HttpsAgentOptions {
  if (agent === undefined || agent === false) return { keepAlive: false };
  if (!(agent instanceof http.Agent) || !/^(?:Agent)$/.test(agent.constructor.name)) {
    throw fault(
      'agent',
      'an http.Agent or https.Agent is expected: how a target is reached is said by target, name and ca',
    );
  }
  const { options, maxSockets, maxFreeSockets } = agent as http.Agent & { options: Record<string, unknown> };
  for (const name of [
    'ca',
    'cert',
    'key',
    'pfx',
    'secureContext',
    'servername',
    'checkServerIdentity',
    'lookup',
    'localAddress',
  ]) {
    if (options[name] !== undefined) {
      throw fault(
        `agent.${name}`,
        'it is not taken from an agent: give it beside target, as ca, cert, key or name',
      );
    }
  }
  if (options['rejectUnauthorized'] === false) {
    throw fault(
      'agent.rejectUnauthorized',
      'an https target is always verified: give ca, name or tolerate instead',
    );
  }
  return {
    keepAlive: options['keepAlive'] === true,
    ...(Number.isFinite(maxSockets) ? { maxSockets } : {}),
    ...(Number.isFinite(maxFreeSockets) ? { maxFreeSockets } : {}),
    ...(options['scheduling'] === 'fifo' ? { scheduling: 'fifo' as const } : {}),
  };
}

function targetOf(url: TargetUrl, socketPath: string | null, agent: http.Agent, isSecure: boolean): Target {
  const usual = isSecure ? 443 : 80;
  const port = url.port === null ? usual : Number(url.port);
  return {
    url,
    isSecure,
    hostname: url.hostname,
    port,
    socketPath,
    authority: port === usual ? bracketed(url.hostname) : `${bracketed(url.hostname)}:${port}`,
    agent,
  };
}

function urlOf(key: string, given: unknown): TargetUrl {
  if (typeof given === 'string') {
    if (!URL.canParse(given))
      throw fault(`${key} "${shown(given)}"`, 'a URL is expected, such as http://127.0.0.1:3000');
    return partsOf(new URL(given));
  }
  if (typeof given !== 'object' || given === null) throw fault(key, 'a URL, or its parts, are expected');
  const { protocol, host, hostname, port, path, pathname, search, socketPath } = given as Record<
    string,
    unknown
  >;
  const name = hostname ?? hostOf(host) ?? (socketPath === undefined ? null : 'localhost');
  if (typeof name !== 'string' || name === '') throw fault(`${key}.host`, 'a host is expected');
  const scheme = typeof protocol === 'string' ? protocol.replace(/:?$/, ':') : 'http:';
  const at = port ?? portOf(host);
  const ending = at === null || at === '' ? '' : `:${at as string}`;
  const text = `${scheme}//${bracketed(name.replace(/^\[(.*)\]$/, '$1'))}${ending}${pathText(path, pathname, search)}`;
  if (!URL.canParse(text)) throw fault(`${key} "${shown(text)}"`, 'host and port are expected');
  return partsOf(new URL(text));
}

function pathText(path: unknown, pathname: unknown, search: unknown): string {
  if (typeof path === 'string') return path;
  if (typeof pathname !== 'string') return '';
  return pathname + (typeof search === 'string' ? search : '');
}

function hostOf(host: unknown): string | null {
  return typeof host === 'string' ? host.replace(/:\d+$/, '') : null;
}

function portOf(host: unknown): string | null {
  return typeof host === 'string' ? (/:(\d+)$/.exec(host)?.[1] ?? null) : null;
}

function partsOf(url: URL): TargetUrl {
  const { protocol, host, hostname, port, pathname, search, href } = url;
  return {
    protocol,
    host,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? null : port,
    pathname,
    search: search === '' ? null : search,
    path: pathname + search,
    href,
  };
}

function bracketed(hostname: string): string {
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

function isAddress(hostname: string): boolean {
  try {
    return parseIdentifier(hostname).kind === 'ip';
  } catch {
    return false;
  }
}

function taken<K extends string>(key: K, value: unknown): Partial<Record<K, unknown>> {
  return value === undefined || value === null ? {} : ({ [key]: value } as Record<K, unknown>);
}

function shown(text: string): string {
  return printable(shownTarget(text), 120);
}
