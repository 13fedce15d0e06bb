import { types } from 'node:util';
import { AltnameError, printable } from '@altname/core';
import type { CertificateSource, Pem } from './certificates.ts';
import type { AddressText, PortIn, SocketPath } from './endpoint.ts';
import type { Toleration } from './tolerate.ts';
import type { ChainCause } from './tolerate-options.ts';

/** What {@link connection} takes. What does not go together does not compile, as far as literal types tell. */
export type ConnectionOptions<
  To extends string = string,
  Name extends string | undefined = string | undefined,
  Sni extends string | false | undefined = string | false | undefined,
  Ca extends CertificateSource | undefined = CertificateSource | undefined,
  Tolerated extends Toleration | undefined = Toleration | undefined,
> = {
  /** `host`, `host:port`, IP address, `[v6]:port`, or the path of a socket. */
  readonly to: To;
  /** The name to check: DNS name or IP address; the host of `to` when not given. */
  readonly name?: Name;
  /** The server name to send where it differs from `name`; false sends none. */
  readonly sni?: Sni;
  /** One fault accepted in development. */
  readonly tolerate?: Tolerated;
} & Endpoint<To> &
  NoAddress<Sni> &
  NotEmpty<Ca> &
  NothingBeside<Tolerated, Ca> &
  Trust<Ca> &
  ClientCertificate &
  Common;

/** What {@link eachHost} takes: no host, no name. */
export type EachHostOptions<Ca extends CertificateSource | undefined = CertificateSource | undefined> =
  Trust<Ca> & NotEmpty<Ca> & ClientCertificate & Omit<Common, 'timeout'>;

interface Common {
  /** Application protocols to offer (ALPN), best first. */
  readonly alpn?: readonly string[] | undefined;
  /** The oldest version of TLS that will do; Node's default, TLS 1.2, when not given. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /**
   * Milliseconds until the connection must stand, TCP and TLS, where an adapter of this package makes it; 10 seconds
   * when not given.
   */
  readonly timeout?: number | undefined;
  /** Verification stays on: see `tolerate`. */
  readonly rejectUnauthorized?: never;
}

/** What `to` leaves to be said. */
type Endpoint<To extends string> = To extends `${string}://${string}`
  ? { readonly to: 'a URL is no endpoint: give its host and port' }
  : To extends SocketPath
    ? // A socket has no name of its own, and no port.
      { readonly name: string; readonly port?: never }
    : {
        /** The port, where `to` has none. */
        readonly port?: PortIn<To> | undefined;
      };

/** RFC 6066 §3: an address is never sent as server name. */
type NoAddress<Sni> = Sni extends AddressText
  ? { readonly sni: 'an IP address is never sent as server name' }
  : unknown;

type NotEmpty<Ca> = Ca extends readonly []
  ? { readonly ca: 'at least one certificate is expected' }
  : unknown;

/** Whom to trust: the default roots, those and `ca`, or `ca` alone. */
type Trust<Ca extends CertificateSource | undefined> =
  | { readonly ca?: Ca; readonly roots?: undefined }
  | {
      readonly ca: Ca & CertificateSource;
      /** `ca` is added to the default roots, unless it shall stand alone. */
      readonly roots: 'default-and-ca' | 'only-ca';
    };

/** Where a fault of the chain is tolerated, the one certificate is trusted and no root beside it. */
type NothingBeside<Tolerated, Ca> = [Tolerated] extends [Toleration<ChainCause>]
  ? [Ca] extends [undefined]
    ? unknown
    : {
        readonly ca: 'where a fault of the chain is tolerated, the one certificate is trusted and nothing else';
      }
  : unknown;

type ClientCertificate =
  | {
      /** The client's own certificate, with its intermediates. */
      readonly cert: Pem;
      readonly key: Pem;
      readonly passphrase?: string | undefined;
    }
  | { readonly cert?: undefined; readonly key?: undefined; readonly passphrase?: undefined };

type Option =
  keyof (ClientCertificate & Common) | 'to' | 'name' | 'port' | 'sni' | 'tolerate' | 'ca' | 'roots';

/** Options as they are read, whatever a program without types has put there. */
export type LooseOptions = Readonly<Partial<Record<Option, unknown>>>;

const forEachHost = ['ca', 'roots', 'cert', 'key', 'passphrase', 'alpn', 'minVersion'];
const known = ['to', 'port', 'name', 'sni', 'tolerate', 'timeout', ...forEachHost];

/**
 * Refuses what only the types forbid: an option that nobody reads would be a promise that nobody keeps.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option.
 */
export function checkConnectionOptions(options: unknown): LooseOptions {
  return checkOptions(options, known);
}

/** The same for `eachHost`. */
export function checkEachHostOptions(options: unknown): LooseOptions {
  return checkOptions(options, forEachHost);
}

function checkOptions(options: unknown, names: readonly string[]): LooseOptions {
  if (typeof options !== 'object' || options === null) throw bad('an object of options is expected');
  const { rejectUnauthorized, ...given } = options as Record<string, unknown>;
  if (rejectUnauthorized !== undefined && rejectUnauthorized !== true) {
    throw bad('rejectUnauthorized: verification stays on; tolerate() accepts one named fault in development');
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw bad(`${printable(name, 60)}: there is no such option (${names.join(', ')})`);
    }
  }
  const { roots, ca, cert, key, passphrase, alpn, minVersion, timeout } = given as LooseOptions;
  if (roots !== undefined && roots !== 'default-and-ca' && roots !== 'only-ca') {
    throw bad(`roots: 'default-and-ca' or 'only-ca' is expected`);
  }
  if (roots !== undefined && ca === undefined) throw bad(`roots: '${roots}' needs ca`);
  if ((cert === undefined) !== (key === undefined)) {
    throw bad('cert and key: one is of no use without the other');
  }
  for (const [name, value] of Object.entries({ cert, key })) {
    if (value !== undefined && typeof value !== 'string' && !types.isUint8Array(value)) {
      throw bad(`${name}: PEM as text or octets is expected`);
    }
  }
  if (passphrase !== undefined && typeof passphrase !== 'string') throw bad('passphrase: a text is expected');
  if (minVersion !== undefined && minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw bad(`minVersion: 'TLSv1.2' or 'TLSv1.3' is expected`);
  }
  if (alpn !== undefined && !(Array.isArray(alpn) && alpn.length > 0 && alpn.every(isProtocolName))) {
    throw bad(`alpn: a list of protocol names is expected, such as ['h2']`);
  }
  const isTime = typeof timeout === 'number' && timeout >= 1 && timeout <= 2 ** 31 - 1;
  if (timeout !== undefined && !isTime) throw bad('timeout: milliseconds are expected, 1 or more');
  return given;
}

/** RFC 7301 §3.1: 1 to 255 octets. */
function isProtocolName(name: unknown): boolean {
  return typeof name === 'string' && /^[\x21-\x7e]{1,255}$/.test(name);
}

function bad(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', message);
}
