import { readIdentifier } from '../../names/identifier.ts';
import type { ClientProfile, ProxyValues, RecipeValues } from './profile.ts';

/**
 * A profile whose recipes are only made for values that they can be right for.
 *
 * | value        | in the code                                             | else |
 * |--------------|---------------------------------------------------------|------|
 * | `name` (SNI) | in the form of RFC 6066 §3: A-labels, no dot at the end  | null |
 * | `dial`       | as asked; an identifier of either kind                   | null |
 * | `hostHeader` | as given; `uri-host [":" port]` (RFC 9110 §7.2)          | null |
 * | `port`       | 1 to 65535                                              | null |
 * | `file`       | as given, quoted                                        |      |
 */
export function profile(written: ClientProfile): ClientProfile {
  const { verifyName, expectProxyName } = written;
  return {
    ...written,
    expectName(values) {
      const name = serverName(values.name);
      return name === null || !canDial(values.dial, values.port)
        ? null
        : written.expectName({ ...values, name });
    },
    addCa: (values) => (canDial(values.name, values.port) ? written.addCa(values) : null),
    keepHostHeader(values) {
      const name = serverName(values.name);
      return name === null || !canDial(values.dial, values.port) || !hostHeader.test(values.hostHeader)
        ? null
        : written.keepHostHeader({ ...values, name });
    },
    ...(verifyName !== undefined && {
      verifyName(values: RecipeValues) {
        const name = serverName(values.name);
        return name === null || !canDial(values.dial, values.port) ? null : verifyName({ ...values, name });
      },
    }),
    ...(expectProxyName !== undefined && {
      expectProxyName(values: ProxyValues) {
        const name = serverName(values.name);
        return name === null ? null : expectProxyName({ name });
      },
    }),
  };
}

/** A text as a single-quoted string of JavaScript, in printable ASCII whatever is in it. */
export function quote(text: string): string {
  return `'${text.replace(/[\\']|[^\x20-\x7e]/g, escape)}'`;
}

/** `host:port`, with the brackets an IPv6 address needs there (RFC 3986 §3.2.2). */
export function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A quoted URL; without the port where it is that of `https` and `wss`. */
export function url(scheme: string, host: string, port: number, path = '/'): string {
  const place = authority(host, port);
  const implied = port === 443 && (scheme === 'https' || scheme === 'wss');
  return quote(`${scheme}://${implied ? place.slice(0, -':443'.length) : place}${path}`);
}

/** An IP address, which is never sent as server name (RFC 6066 §3). */
export function isAddress(host: string): boolean {
  const identifier = readIdentifier(host);
  return typeof identifier !== 'string' && identifier.kind === 'ip';
}

/** The roots that come with Node, and the one to add: the `ca` option replaces the default roots. */
export function caList(file: string): string {
  return `[...rootCertificates, readFileSync(${quote(file)}, 'utf8')]`;
}

/** What {@link caList} needs. */
export const caImports = `import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';`;

/** `servername: '…', ` for a client that sends none by itself; empty for an address. */
export function servernameOf(host: string): string {
  const name = serverName(host);
  return name === null ? '' : `servername: ${quote(name)}, `;
}

const hostHeader = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

function serverName(text: string): string | null {
  const identifier = readIdentifier(text);
  return typeof identifier !== 'string' && identifier.kind === 'dns' ? identifier.value : null;
}

function canDial(host: string, port: number): boolean {
  return typeof readIdentifier(host) !== 'string' && Number.isInteger(port) && port >= 1 && port <= 65535;
}

function escape(unit: string): string {
  if (unit === '\\' || unit === "'") return `\\${unit}`;
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
