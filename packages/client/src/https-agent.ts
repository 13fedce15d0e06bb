import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { AltnameError } from '@altname/core';
import { detailsOf, type Connection } from './connection.ts';
import { dial } from './dial.ts';

/** How sockets are kept; how they are made is the connection's matter. */
export interface HttpsAgentOptions {
  /** Sockets are kept for further requests; true when not given. */
  readonly keepAlive?: boolean;
  readonly maxSockets?: number;
  readonly maxFreeSockets?: number;
  readonly scheduling?: 'fifo' | 'lifo';
  /** Milliseconds without data after which a socket is given up. */
  readonly timeout?: number;
}

/**
 * An `https.Agent` for one connection: for `https.request`, axios, got, node-fetch, superagent, ws, http-proxy and
 * whatever else takes one. It dials `to`, sends and checks the names of the connection, whatever host the URL and
 * whatever name the Host header has: a redirect to another host comes here, too. The URL's port is dialled where `to`
 * has none.
 *
 * A request that would change who is trusted (`rejectUnauthorized: false`, `ca`, `checkServerIdentity` and the like)
 * fails with `ALTNAME_BAD_OPTION`, and nothing is sent.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the connection is a copy.
 */
export function httpsAgent(connection: Connection, options: HttpsAgentOptions = {}): https.Agent {
  detailsOf(connection);
  return new ConnectionAgent(connection, options);
}

/** Request options that decide who is trusted or who the client is. */
const decisions = ['checkServerIdentity', 'ca', 'crl', 'cert', 'key', 'pfx', 'secureContext', 'session'];

type Answer = (error: Error | null, socket?: Duplex) => void;

class ConnectionAgent extends https.Agent {
  readonly #connection: Connection;

  constructor(connection: Connection, options: HttpsAgentOptions) {
    const { keepAlive = true, maxSockets, maxFreeSockets, scheduling, timeout } = options;
    super({
      keepAlive,
      maxCachedSessions: 0,
      ...(maxSockets === undefined ? {} : { maxSockets }),
      ...(maxFreeSockets === undefined ? {} : { maxFreeSockets }),
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(timeout === undefined ? {} : { timeout }),
    });
    this.#connection = connection;
  }

  createConnection(options: https.RequestOptions, answer: Answer): Duplex | undefined {
    const decided = decisionIn(options);
    if (decided === null) return dial(this.#connection, portOf(options));
    const error = new AltnameError(
      'ALTNAME_BAD_OPTION',
      `${decided}: the connection of the agent decides that, not the request`,
    );
    process.nextTick(answer, error);
    return undefined;
  }

  /** All requests to one port share a pool; one that must fail gets no socket that another left. */
  override getName(options: https.RequestOptions = {}): string {
    if (decisionIn(options) !== null) return 'altname:refused';
    const { dial: endpoint } = this.#connection;
    return 'path' in endpoint ? 'altname' : `altname:${endpoint.port ?? portOf(options)}`;
  }
}

function decisionIn(options: https.RequestOptions): string | null {
  if (options.rejectUnauthorized === false) return 'rejectUnauthorized';
  const given = options as Readonly<Record<string, unknown>>;
  const decides = (name: string): boolean => given[name] !== undefined && given[name] !== null;
  // got always passes Node's own check, which asks for nothing that is not asked here.
  const isNodes = given['checkServerIdentity'] === tls.checkServerIdentity;
  return decisions.find((name) => decides(name) && !(isNodes && name === 'checkServerIdentity')) ?? null;
}

function portOf({ port }: https.RequestOptions): number {
  return Number(port ?? 443) || 443;
}
