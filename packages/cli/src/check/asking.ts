import { isIP } from 'node:net';
import {
  clientNames,
  parseIdentifier,
  printable,
  readCertificates,
  shownTarget,
  startTlsProtocols,
  type ProbeOptions,
  type StartTls,
} from '@altname/core';
import type { Arguments } from '../arguments.ts';
import { readChoice } from '../choice.ts';
import { readDuration } from '../duration.ts';
import { readInput } from '../input-file.ts';
import { UsageError } from '../usage-error.ts';

/** What the options say of how to ask, with every value looked at before anybody is asked. */
export async function readAsking(given: Arguments): Promise<ProbeOptions> {
  if (given.has('ipv4') && given.has('ipv6')) throw new UsageError('-4 and -6 exclude each other');
  const [connect, hostHeader, client, timeout] = ['connect', 'host-header', 'client', 'timeout'].map((name) =>
    given.value(name),
  );
  const [starttls, ca] = [given.value('starttls'), given.value('ca')];
  const [minVersion, maxVersion] = readVersions(given);
  const name = given.value('name');
  if (name !== undefined) readName(name);
  return {
    ...(connect === undefined ? {} : { connect: readConnect(connect) }),
    ...readServername(given),
    ...(name === undefined ? {} : { name }),
    ...(hostHeader === undefined ? {} : { hostHeader: readHostHeader(hostHeader) }),
    ...(ca === undefined ? {} : { ca: await readRoots(ca), caFile: ca }),
    ...(given.has('system-ca') ? { systemCa: true } : {}),
    ...(starttls === undefined ? {} : { starttls: readStartTls(starttls) }),
    ...(client === undefined ? {} : { client: readChoice(client, 'client', clientNames) }),
    ...(given.has('ipv4') ? { family: 4 } : given.has('ipv6') ? { family: 6 } : {}),
    ...(timeout === undefined ? {} : { timeout: readDuration(timeout, 'timeout') }),
    ...(given.list('dns').length === 0 ? {} : { dnsServers: given.list('dns').map(readDnsServer) }),
    ...(given.list('search').length === 0
      ? {}
      : { searchDomains: given.list('search').map(readSearchDomain) }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

function readConnect(text: string): string {
  const parts = /^(?:\[([^[\]]+)\]|([^:[\]/?#@\s]+)|([0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*))(?::(\d+))?$/i.exec(
    text,
  );
  const host = parts?.[1] ?? parts?.[2] ?? parts?.[3];
  if (host === undefined) {
    throw new UsageError(`--connect "${withoutSecrets(text)}": host:port or [v6]:port is expected`);
  }
  const port = parts?.[4];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    throw new UsageError(`--connect "${printable(text)}": port ${port} is not a number from 1 to 65535`);
  }
  try {
    parseIdentifier(host);
  } catch {
    throw new UsageError(
      `--connect "${printable(text)}": "${printable(host)}" is neither a DNS name nor an IP address`,
    );
  }
  return text;
}

/** The server name as it is to be sent, right or wrong; only what no Node sends as one is refused. */
function readServername(given: Arguments): Pick<ProbeOptions, 'servername'> {
  const servername = given.value('servername');
  if (given.has('no-servername')) {
    if (servername !== undefined) throw new UsageError('--servername and --no-servername exclude each other');
    return { servername: false };
  }
  if (servername === undefined) return {};
  if (isIP(servername.replace(/^\[(.*)\]$/, '$1')) !== 0) {
    throw new UsageError(
      `--servername "${printable(servername)}" is an IP address, and a server name is never one (RFC 6066 section 3): a DNS name is expected`,
    );
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f]/.test(servername) || servername.includes('//')) {
    throw new UsageError(`--servername "${withoutSecrets(servername)}" is no name: a DNS name is expected`);
  }
  return { servername };
}

function readName(text: string): void {
  try {
    parseIdentifier(text);
  } catch (error) {
    throw new UsageError(`--name ${error instanceof Error ? error.message : ''}`);
  }
}

function readHostHeader(text: string): string {
  if (/^[\u0021-\u007e]{1,300}$/.test(text) && !/[/?#@\\]/.test(text)) return text;
  throw new UsageError(
    `--host-header "${withoutSecrets(text)}" is no Host header: host or host:port is expected`,
  );
}

async function readRoots(file: string): Promise<string> {
  const bytes = await readInput(file, '--ca');
  try {
    return readCertificates(bytes)
      .map(({ pem }) => pem)
      .join('');
  } catch {
    throw new UsageError(
      `--ca "${printable(file)}" holds no certificate that can be read: PEM or DER is expected`,
    );
  }
}

const startTlsWords: Readonly<Record<string, StartTls>> = {
  psql: 'postgres',
  postgresql: 'postgres',
  'xmpp-client': 'xmpp',
  managesieve: 'sieve',
};

function readStartTls(text: string): StartTls {
  return readChoice(
    Object.hasOwn(startTlsWords, text) ? (startTlsWords[text] ?? text) : text,
    'starttls',
    startTlsProtocols,
  ) as StartTls;
}

function readDnsServer(text: string): string {
  const parts = /^(?:\[([^[\]]+)\](?::(\d{1,5}))?|([\d.]+)(?::(\d{1,5}))?|([0-9a-f:.]+))$/i.exec(text);
  const address = parts?.[1] ?? parts?.[3] ?? parts?.[5] ?? '';
  const port = Number(parts?.[2] ?? parts?.[4] ?? 53);
  if (isIP(address) === 0 || port < 1 || port > 65_535) {
    throw new UsageError(
      `--dns "${printable(text)}" is no DNS server: an IP address or address:port is expected`,
    );
  }
  return text;
}

function readSearchDomain(text: string): string {
  try {
    if (parseIdentifier(text).kind === 'dns') return text;
  } catch {
    // said below
  }
  throw new UsageError(`--search "${printable(text)}" is no domain: a DNS name is expected`);
}

type TlsVersion = NonNullable<ProbeOptions['minVersion']>;
const versions: Readonly<Record<string, TlsVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

function readVersions(given: Arguments): [TlsVersion | undefined, TlsVersion | undefined] {
  const [min, max] = ['min-tls', 'max-tls'].map((option) => {
    const text = given.value(option);
    if (text === undefined) return undefined;
    return versions[
      readChoice(text.replace(/^TLSv/i, '').replace(/^1$/, '1.0'), option, Object.keys(versions))
    ];
  });
  if (min !== undefined && max !== undefined && min > max) {
    throw new UsageError(
      `--min-tls ${given.value('min-tls') ?? ''} is above --max-tls ${given.value('max-tls') ?? ''}`,
    );
  }
  return [min, max];
}

/** A URL that stands where a name belongs may have a password in it, or a token in its query. */
function withoutSecrets(text: string): string {
  return printable(shownTarget(text), 100);
}
