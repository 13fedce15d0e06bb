import { isIP } from 'node:net';
import { clientNames } from '../diagnosis/clients/index.ts';
import { AltnameError } from '../error.ts';
import { readIdentifier } from '../names/identifier.ts';
import { printable } from '../names/printable.ts';
import type { ProbeOptions } from './options.ts';
import { startTlsProtocols } from './starttls.ts';

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const longestTimeout = 600_000;

/**
 * Looks at every option before anybody is asked, as far as it can be wrong in itself.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option and says what is expected.
 */
export function checkOptions(options: ProbeOptions): void {
  const { timeout, family, minVersion, maxVersion, dnsServers = [], searchDomains = [], ndots } = options;
  oneOf('starttls', options.starttls, startTlsProtocols);
  oneOf('client', options.client, clientNames);
  oneOf('proxyProtocol', options.proxyProtocol, ['v1', 'v2']);
  oneOf('family', family, [4, 6]);
  oneOf('minVersion', minVersion, versions);
  oneOf('maxVersion', maxVersion, versions);
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    throw bad('minVersion', minVersion, `none above maxVersion ${maxVersion}`);
  }
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout >= 1 && timeout <= longestTimeout)) {
    throw bad('timeout', timeout, `1 to ${longestTimeout} milliseconds`);
  }
  if (ndots !== undefined && !(Number.isInteger(ndots) && ndots >= 0 && ndots <= 15)) {
    throw bad('ndots', ndots, '0 to 15');
  }
  for (const name of ['name', 'hostHeader'] as const) {
    if (options[name] !== undefined && !isText(options[name])) throw bad(name, options[name], 'a name');
  }
  const { servername } = options;
  if (servername !== undefined && servername !== false && servername !== '' && !isText(servername)) {
    throw bad('servername', servername, 'a name of at most 255 octets, or false');
  }
  for (const server of dnsServers) {
    const parts = /^(?:\[([^[\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(server);
    const port = Number(parts?.[3] ?? 53);
    if (isIP(parts?.[1] ?? parts?.[2] ?? server) === 0 || port < 1 || port > 65_535) {
      throw bad('dnsServers', server, 'an IP address, or address:port');
    }
  }
  for (const domain of searchDomains) {
    const read = readIdentifier(domain);
    if (typeof read === 'string' || read.kind === 'ip') throw bad('searchDomains', domain, 'a DNS name');
  }
}

/** OpenSSL takes no server name of more than 255 octets, and no NUL. */
function isText(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value !== '' &&
    Buffer.byteLength(value) <= 255 &&
    !/[\u0000-\u0020\u007f]/.test(value)
  );
}

function oneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value !== undefined && !allowed.includes(value)) throw bad(option, value, allowed.join(', '));
}

function bad(option: string, value: unknown, expected: string): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `${option} "${printable(String(value), 80)}": ${expected} is expected`,
  );
}
