import type { OptionSpec } from '../arguments.ts';

/** The options of `altname check`; `altname inspect HOST` takes those that say how to ask. */
export const askingFlags: Readonly<Record<string, OptionSpec>> = {
  connect: { takes: 'value', expects: 'host:port' },
  servername: { takes: 'value', expects: 'a DNS name' },
  'no-servername': { takes: 'flag' },
  name: { takes: 'value', expects: 'a DNS name or an IP address' },
  'host-header': { takes: 'value', expects: 'a host' },
  ca: { takes: 'value', expects: 'a file' },
  'system-ca': { takes: 'flag' },
  starttls: { takes: 'value', expects: 'a protocol' },
  client: { takes: 'value', expects: 'a client library' },
  ipv4: { takes: 'flag', short: '4' },
  ipv6: { takes: 'flag', short: '6' },
  timeout: { takes: 'value', expects: '5s or 500ms' },
  dns: { takes: 'list', expects: 'the address of a DNS server' },
  search: { takes: 'list', expects: 'a domain' },
  'min-tls': { takes: 'value', expects: '1.0, 1.1, 1.2 or 1.3' },
  'max-tls': { takes: 'value', expects: '1.0, 1.1, 1.2 or 1.3' },
};

/** The options that say how the answer looks. */
export const styleFlags: Readonly<Record<string, OptionSpec>> = {
  json: { takes: 'flag' },
  all: { takes: 'flag' },
  ascii: { takes: 'flag' },
  'no-color': { takes: 'flag' },
};

export const checkFlags: Readonly<Record<string, OptionSpec>> = {
  ...askingFlags,
  ...styleFlags,
  reporter: { takes: 'value', expects: 'pretty, line, json, github or nagios' },
  quiet: { takes: 'flag', short: 'q' },
  concurrency: { takes: 'value', expects: 'a number from 1 to 1000' },
  compare: { takes: 'value', expects: 'openssl, curl, or openssl,curl' },
};
