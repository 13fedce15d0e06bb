import type { ProxyOptions, UpstreamOptions } from '@altname/proxy';
import type { Arguments, OptionSpec } from '../arguments.ts';
import { readInput } from '../input-file.ts';
import { UsageError } from '../usage-error.ts';

export const proxyFlags: Readonly<Record<string, OptionSpec>> = {
  config: { takes: 'value', expects: 'a file' },
  listen: { takes: 'value', expects: 'a port, or host:port' },
  cert: { takes: 'value', expects: 'a file' },
  key: { takes: 'value', expects: 'a file' },
  'cert-dir': { takes: 'value', expects: 'a directory' },
  'dev-cert': { takes: 'flag' },
  to: { takes: 'list', expects: 'the URL of the upstream' },
  name: { takes: 'once', expects: 'a DNS name or an IP address' },
  ca: { takes: 'once', expects: 'a file' },
  'client-cert': { takes: 'value', expects: 'a file' },
  'client-key': { takes: 'value', expects: 'a file' },
  host: { takes: 'value', expects: 'preserve, upstream or a host' },
  trust: { takes: 'list', expects: 'a range of addresses' },
  workers: { takes: 'value', expects: 'a number, or auto' },
  admin: { takes: 'value', expects: 'a port, or host:port' },
  check: { takes: 'flag' },
  test: { takes: 'flag' },
  quiet: { takes: 'flag', short: 'q' },
  'no-color': { takes: 'flag' },
};

/** What the one upstream of the command line is called. */
export const upstreamKey = 'upstream';

/** The configuration that the options describe, as `createProxy` takes it. */
export async function readProxyOptions(given: Arguments): Promise<ProxyOptions> {
  const [listen, admin] = [given.value('listen'), given.value('admin')];
  const [to, ...more] = given.list('to');
  if (given.words.length > 0) {
    throw new UsageError(`"${given.words[0] ?? ''}" is not an option; the upstream is given as --to URL`);
  }
  for (const [name, value] of Object.entries({ listen, to })) {
    if (value !== undefined) continue;
    throw new UsageError(
      `--${name} is expected: altname proxy --listen 8443 --to https://api.example.com`,
      'altname help proxy',
    );
  }
  const tls = frontTls(given);
  return {
    listen: listen ?? '',
    ...(tls === null ? {} : { tls }),
    upstreams: {
      [upstreamKey]: await readUpstreamOptions(given, more.length === 0 ? (to ?? '') : [to ?? '', ...more]),
    },
    trust: given.list('trust'),
    ...(admin === undefined ? {} : { admin: { listen: admin } }),
  };
}

/** A line about the configuration as one about the options that it came from. */
export function inFlags(message: string): string {
  const places: readonly (readonly [RegExp, string])[] = [
    [/^upstreams\.upstream\.(cert|key)\b/, '--client-$1'],
    [/^upstreams\.upstream\.(\w+)(?:\[\d+\])?/, '--$1'],
    [/^tls\.dir\b/, '--cert-dir'],
    [/^tls\.(cert|key)\b(?: and tls\.key\b)?/, '--$1'],
    [/^trust\[\d+\]/, '--trust'],
    [/^listen\b/, '--listen'],
    [/^admin\.listen\b/, '--admin'],
  ];
  const found = places.find(([pattern]) => pattern.test(message));
  return found === undefined ? message : message.replace(found[0], found[1]);
}

async function readUpstreamOptions(given: Arguments, to: UpstreamOptions['to']): Promise<UpstreamOptions> {
  const [name, ca, host] = [given.value('name'), given.value('ca'), given.value('host')];
  const [cert, key] = [given.value('client-cert'), given.value('client-key')];
  return {
    to,
    ...(name === undefined ? {} : { name }),
    ...(ca === undefined ? {} : { ca: { file: ca } }),
    ...(cert === undefined ? {} : { cert: await readInput(cert, '--client-cert') }),
    ...(key === undefined ? {} : { key: await readInput(key, '--client-key') }),
    ...(host === undefined ? {} : { host }),
  };
}

function frontTls(given: Arguments): NonNullable<ProxyOptions['tls']> | null {
  const [cert, key, dir] = [given.value('cert'), given.value('key'), given.value('cert-dir')];
  const isPair = cert !== undefined || key !== undefined;
  const ways = [isPair, dir !== undefined, given.has('dev-cert')].filter(Boolean).length;
  if (ways > 1) throw new UsageError('--cert and --key, --cert-dir and --dev-cert exclude each other');
  if (given.has('dev-cert')) return { development: true };
  if (dir !== undefined) return { dir };
  if (!isPair) return null;
  if (cert === undefined || key === undefined) {
    throw new UsageError('--cert and --key: one is of no use without the other');
  }
  return { cert: { file: cert }, key: { file: key } };
}
