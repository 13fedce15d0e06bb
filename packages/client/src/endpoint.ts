import { AltnameError, parseIdentifier, printable } from '@altname/core';

/** A path that is told from a host by how it begins: a Unix domain socket, or a named pipe of Windows. */
export type SocketPath = `/${string}` | `./${string}` | `../${string}` | `\\\\${string}`;

/** What is told as an IP address by its type alone, as an endpoint or as a name. */
export type AddressText = IPv4Text | `${IPv4Text}:${number}` | `[${string}` | `${string}:${string}:${string}`;

type IPv4Text = `${number}.${number}.${number}.${number}`;

/** The port that stands in the text of an endpoint, or any. An IPv6 address needs brackets before one. */
export type PortIn<To extends string> = To extends `[${string}]:${infer Port extends number}`
  ? Port
  : To extends `${string}:${string}:${string}`
    ? number
    : To extends `${string}:${infer Port extends number}`
      ? Port
      : number;

/** A host to dial, in the terms of `net.connect`. Without a port, the client's own holds: that of the URL, or its default. */
export interface HostDial {
  /** DNS name in A-labels (a dot at its end stays, for the resolver), or IP address without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port?: number;
}

/** A socket to dial, in the terms of `net.connect`. */
export interface PathDial {
  readonly path: string;
}

/** Where the socket goes. */
export type Dial = HostDial | PathDial;

/** What {@link readEndpoint} makes of a text, as far as its type tells. */
export type DialOf<To extends string> = string extends To
  ? Dial
  : To extends SocketPath
    ? PathDial
    : HostDial;

/**
 * Reads where to dial.
 *
 * | text                                     | dialled                                       |
 * |------------------------------------------|-----------------------------------------------|
 * | `db.internal` `DB.Internal.`             | host, port left to the client; a dot stays     |
 * | `db.internal:5432` `10.0.3.7:5432`       | host and port                                 |
 * | `2001:db8::7` `[2001:db8::7]:5432`       | an IPv6 address needs brackets before a port   |
 * | `/run/db.sock` `./db.sock` `\\.\pipe\db` | a socket                                      |
 * | `https://db.internal` `db.internal/path` | error                                         |
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line.
 */
export function readEndpoint(to: unknown): Dial {
  if (typeof to !== 'string') throw bad('', 'a text is expected');
  if (/^(?:\.{0,2}\/|\\\\)/.test(to)) {
    if (to.includes('\0')) throw bad(to, 'a path has no NUL in it');
    return { path: to };
  }
  if (to.includes('://')) throw bad(to, 'it is a URL; give its host and port');
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/s.exec(to) ?? [];
  const isBareV6 = bracketed === undefined && plain === undefined;
  const text = bracketed ?? plain ?? to;
  let identifier;
  try {
    identifier = parseIdentifier(text);
  } catch (error) {
    throw bad(to, reasonOf(error), error);
  }
  if (bracketed !== undefined && !identifier.value.includes(':')) {
    throw bad(to, 'only an IPv6 address stands in brackets');
  }
  const dot = identifier.kind === 'dns' && text.endsWith('.') ? '.' : '';
  const host = identifier.value + dot;
  return isBareV6 || digits === undefined ? { host } : { host, port: readPort(digits, to) };
}

/** Whether a number can be a TCP port to dial. */
export function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** `host:port`, with the brackets that an IPv6 address needs there (RFC 3986 §3.2.2); the path of a socket. */
export function endpointText(dial: Dial): string {
  if ('path' in dial) return dial.path;
  const host = dial.host.includes(':') ? `[${dial.host}]` : dial.host;
  return dial.port === undefined ? host : `${host}:${dial.port}`;
}

/** What an error of core says of a name, without the name: as the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof AltnameError)) throw error;
  return error.message.replace(/^".*?" is not a DNS name or an IP address: /s, '');
}

/** A text given as a name, fit to be shown: of a URL only scheme and host, for the rest may be secret. */
export function shownName(text: string): string {
  const [, scheme = '', authority = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/i.exec(text) ?? [];
  return printable(scheme + authority.slice(authority.lastIndexOf('@') + 1), 120);
}

function readPort(digits: string, to: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (!isPort(port)) throw bad(to, 'its port is not a number from 1 to 65535');
  return port;
}

function bad(to: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `to "${shownName(to)}": ${why} (host, host:port, [v6]:port or the path of a socket is expected)`,
    cause === undefined ? undefined : { cause },
  );
}
