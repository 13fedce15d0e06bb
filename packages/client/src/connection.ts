import type { SecureContext } from 'node:tls';
import { AltnameError, checkServerIdentity } from '@altname/core';
import type { CertificateSource } from './certificates.ts';
import { checkConnectionOptions, type ConnectionOptions } from './connection-options.ts';
import { contextOptions, createContext, type ContextOptions } from './context.ts';
import { endpointText, isPort, readEndpoint, type Dial, type DialOf } from './endpoint.ts';
import type { IdentityCheck } from './expect-name.ts';
import { keptApart, type Apart } from './kept-apart.ts';
import { chooseNames } from './server-name.ts';
import { isToleration, type Toleration } from './tolerate.ts';
import type { Ways, WaysOf } from './ways.ts';

/** How TLS is done: options for `tls.connect`, and for every client that passes them on to it. Frozen. */
export interface SecureOptions extends Apart {
  /** The server name to send; empty for none. */
  readonly servername: string;
  /** Compares the certificate with the name of the connection, whatever host the client believes it has dialled. */
  readonly checkServerIdentity: IdentityCheck;
  readonly rejectUnauthorized: true;
  /** Whom to trust, the client certificate, the versions; made once. */
  readonly secureContext: SecureContext;
  readonly ALPNProtocols?: string[];
}

/** A type that no object has that is written by hand, nor a copy of one that was made here. */
declare abstract class Made<W extends Ways> {
  protected readonly ways: W;
}

/** A verified connection: where to dial, what to send, what to check, whom to trust. Frozen. */
export interface Connection<D extends Dial = Dial, W extends Ways = Ways> extends Made<W> {
  /** `host:port`, `host`, `[v6]:port`, or the path of a socket: for URLs and lists of servers. */
  readonly to: string;
  /** Host and port, or path: for the client's own options. */
  readonly dial: D;
  /** The name compared with the certificate (*checked*). */
  readonly name: string;
  /** The server name sent; null for none. */
  readonly sni: string | null;
  /** TLS alone, for the `tls` or `ssl` option of a client that dials by itself. */
  readonly secure: SecureOptions;
  /** `dial` and `secure`: the options of `tls.connect`. */
  readonly tls: D & SecureOptions;
  /** The roots trusted, as PEM; undefined for those of Node. */
  readonly ca: readonly string[] | undefined;
  /** Milliseconds until the connection must stand. */
  readonly timeout: number;
}

/** What an adapter may need and a connection does not show. */
interface Details {
  readonly context: ContextOptions;
  readonly tolerated: Toleration | null;
}

/**
 * Describes one verified TLS connection: dial `to`, send the right server name, check `name` strictly (RFC 9525),
 * trust `ca` beside the default roots. Nothing is dialled yet.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option.
 */
export function connection<
  const To extends string,
  const Name extends string | undefined = undefined,
  const Sni extends string | false | undefined = undefined,
  const Ca extends CertificateSource | undefined = undefined,
  Tolerated extends Toleration | undefined = undefined,
>(
  options: ConnectionOptions<To, Name, Sni, Ca, Tolerated>,
): Connection<DialOf<To>, WaysOf<To, Name, Sni, Tolerated>> {
  const given = checkConnectionOptions(options);
  const dial = withPort(readEndpoint(given.to), given.port);
  const { name, sni } = chooseNames(dial, given.name, given.sni);
  const tolerated = given.tolerate === undefined ? null : readToleration(given.tolerate, name, given.ca);
  const context = contextOptions(given, tolerated?.tls.ca);
  const check: IdentityCheck = tolerated?.tls.checkServerIdentity ?? checkServerIdentity;
  const secure: SecureOptions = Object.freeze({
    servername: sni ?? '',
    checkServerIdentity: ((_host, certificate) => check(name, certificate)) satisfies IdentityCheck,
    rejectUnauthorized: true,
    secureContext: createContext(context),
    ...(given.alpn === undefined ? {} : { ALPNProtocols: frozen(given.alpn as string[]) }),
    ...keptApart(name, sni, tolerated?.tls.sessionIdContext, context.cert, context.ca),
  });
  const made = Object.freeze({
    to: endpointText(dial),
    dial: Object.freeze(dial),
    name,
    sni,
    secure,
    tls: Object.freeze({ ...dial, ...secure }),
    ca: context.ca === undefined ? undefined : frozen(context.ca),
    timeout: (given.timeout as number | undefined) ?? 10_000,
  }) as unknown as Connection<DialOf<To>, WaysOf<To, Name, Sni, Tolerated>>;
  all.set(made, { context, tolerated });
  return made;
}

/**
 * What a connection does not show: the private key is among it.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for what was not made by {@link connection}: a copy may have lost its
 *   verification on the way.
 */
export function detailsOf(made: Connection): Details {
  const details = all.get(made);
  if (details === undefined) throw bad('connection: what connection() returned is expected, not a copy');
  return details;
}

const all = new WeakMap<Connection, Details>();

function withPort(dial: Dial, port: unknown): Dial {
  if (port === undefined) return dial;
  if (!isPort(port)) throw bad('port: a number from 1 to 65535 is expected');
  if ('path' in dial) throw bad('port: a socket has none');
  if (dial.port !== undefined && dial.port !== port) throw bad('port: to has another one');
  return { host: dial.host, port };
}

function readToleration(given: unknown, name: string, ca: unknown): Toleration {
  if (!isToleration(given)) throw bad('tolerate: what tolerate() returned is expected, not a copy');
  if (given.name !== name) throw bad(`tolerate: it is for ${given.name}, and ${name} is checked`);
  if (given.tls.ca !== undefined && ca !== undefined) {
    throw bad(`ca: where ${given.cause} is tolerated, the one certificate is trusted and nothing else`);
  }
  return given;
}

function frozen(list: readonly string[]): string[] {
  const copy = [...list];
  Object.freeze(copy);
  return copy;
}

function bad(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', message);
}
