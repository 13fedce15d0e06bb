import type { ProbeOptions } from '@altname/core';
import type { RunningServer } from './estate.ts';

/** The altname command that checks a server as the estate does, or why no command can. */
export function commandLine(server: RunningServer): { command: string } | { reason: string } {
  const words = ['npx', 'altname', 'check', server.target];
  for (const [option, value] of Object.entries(server.options)) {
    const flag = flags[option as keyof ProbeOptions];
    if (flag === undefined) return { reason: `the command has no flag for ${option}` };
    words.push(...flag(value as OptionValue));
  }
  const environment = server.extraCaFile === null ? '' : `NODE_EXTRA_CA_CERTS=${quoted(server.extraCaFile)} `;
  return { command: environment + words.map(quoted).join(' ') };
}

type OptionValue = string | number | false | readonly string[];

/** How the command is told what the option says. */
const flags: Partial<Record<keyof ProbeOptions, (value: OptionValue) => string[]>> = {
  connect: (value) => ['--connect', String(value)],
  servername: (value) => (value === false ? ['--no-servername'] : ['--servername', String(value)]),
  name: (value) => ['--name', String(value)],
  hostHeader: (value) => ['--host-header', String(value)],
  ca: () => [], // `caFile` says it
  caFile: (value) => ['--ca', String(value)],
  starttls: (value) => ['--starttls', String(value)],
  client: (value) => ['--client', String(value)],
  timeout: (value) => ['--timeout', `${String(value)}ms`],
  dnsServers: (value) => each('--dns', value),
  searchDomains: (value) => each('--search', value),
  minVersion: (value) => ['--min-tls', String(value).replace('TLSv', '')],
  maxVersion: (value) => ['--max-tls', String(value).replace('TLSv', '')],
};

function each(flag: string, values: OptionValue): string[] {
  return Array.isArray(values) ? values.flatMap((value: string) => [flag, value]) : [];
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
