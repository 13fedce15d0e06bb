import type { ProbeOptions } from '@altname/core';
import type { RunningServer } from './estate.ts';

/** The altname command that checks a server as the estate does, or why no command can. */
export function commandLine({
  target,
  options,
  extraCaFile,
}: RunningServer): { command: string } | { reason: string } {
  const words: string[] = [];
  for (const [option, value] of Object.entries(options)) {
    const flags = flagsOf(option as keyof ProbeOptions, value);
    if (flags === null) return { reason: `the command has no flag for ${option}` };
    words.push(...flags);
  }
  const environment = extraCaFile === null ? [] : [`NODE_EXTRA_CA_CERTS=${quoted(extraCaFile)}`];
  return { command: [...environment, 'npx altname check', quoted(target), ...words.map(quoted)].join(' ') };
}

function flagsOf(option: keyof ProbeOptions, value: unknown): string[] | null {
  const text = String(value);
  switch (option) {
    case 'connect':
      return ['--connect', text];
    case 'servername':
      return value === false ? ['--no-servername'] : ['--servername', text];
    case 'name':
      return ['--name', text];
    case 'hostHeader':
      return ['--host-header', text];
    case 'caFile':
      return ['--ca', text];
    case 'ca':
      // The file says it.
      return [];
    case 'starttls':
      return ['--starttls', text];
    case 'client':
      return ['--client', text];
    case 'family':
      return [`-${text}`];
    case 'timeout':
      return ['--timeout', `${text}ms`];
    default:
      return null;
  }
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) && !word.includes('[')
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
