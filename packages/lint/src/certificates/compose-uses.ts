import { posix } from 'node:path';
import { parseEnv } from 'node:util';
import type { Identifier } from '@altname/core';
import type { TextFile } from '../text-file.ts';
import type { ComposeProject } from './compose-project.ts';
import type { ComposeService, Variable, Written } from './compose-service.ts';
import { configuredName } from './configured-name.ts';
import { tlsUrls, type TlsUrl } from './tls-url.ts';
import { isUncheckedCommand, switchesCheckOff } from './unchecked.ts';

/** A server that something of a project connects to over TLS, by a name. */
export interface TlsUse {
  readonly name: Identifier;
  /** As it is told: `https://api:8443`. */
  readonly shown: string;
  readonly port: number | null;
  /** Whether the name is compared with the certificate, as far as the files say. */
  readonly checksName: boolean;
  /** Who connects; null for what is beside the services. */
  readonly user: ComposeService | null;
  /** It runs in the container of the service, which is its own machine. */
  readonly isInside: boolean;
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;
}

const mostUses = 2000;

/**
 * What connects over TLS in a project:
 *
 * | where                                                        | what                                                   |
 * |--------------------------------------------------------------|--------------------------------------------------------|
 * | `environment`, `command`, `entrypoint`, `healthcheck`, `env_file` | each URL that is over TLS by its scheme or its query |
 * | `PGHOST` with `PGSSLMODE=verify-full`                        | that host                                              |
 * | an `.env` file of the folder                                 | each such URL, of nobody in particular                 |
 *
 * No name is compared where a command has `-k` or the like, and where a variable of the service switches the check off.
 *
 * @param envFiles by path, those that were read for themselves
 */
export function usesOf(project: ComposeProject, envFiles: ReadonlyMap<string, TextFile>): readonly TlsUse[] {
  const found: TlsUse[] = [];
  const given = new Set<string>();
  for (const service of project.services) {
    const variables = service.pairs('environment');
    const files = service
      .all('env_file')
      .flatMap(({ texts }) => texts)
      .flatMap((item) => service.written(item)?.text ?? service.written(item.get('path'))?.text ?? [])
      .flatMap((path) => envFiles.get(posix.normalize(posix.join(project.folder, path))) ?? []);
    const isChecked = ![...variables, ...files.flatMap(variablesIn)].some(({ name, text }) =>
      switchesCheckOff(name, text),
    );
    for (const variable of variables) found.push(...inWritten(variable, service, isChecked));
    found.push(...inPostgresVariables(variables, service));
    for (const file of files) {
      given.add(file.path);
      found.push(...inEnvFile(file, service, isChecked));
    }
    for (const key of ['command', 'entrypoint'] as const) {
      found.push(...inCommand(service.words(key), service, isChecked));
    }
    for (const check of service.all('healthcheck')) {
      const words = (check.get('test')?.texts ?? []).flatMap((word) => service.written(word) ?? []);
      found.push(...inCommand(words, service, isChecked).map((use) => ({ ...use, isInside: true })));
    }
    if (found.length > mostUses) break;
  }
  for (const [path, file] of envFiles) {
    if (!given.has(path) && posix.dirname(path) === project.folder)
      found.push(...inEnvFile(file, null, true));
  }
  return found.slice(0, mostUses);
}

function inCommand(words: readonly Written[], user: ComposeService, isChecked: boolean): readonly TlsUse[] {
  const isSwitchedOff = isUncheckedCommand(words.map(({ text }) => text).join(' '));
  return words.flatMap((word) => inWritten(word, user, isChecked && !isSwitchedOff));
}

function inWritten({ text, value }: Written, user: ComposeService, isChecked: boolean): readonly TlsUse[] {
  return tlsUrls(text).map((url) =>
    useOf(url, user, isChecked, value.file, value.placeOf(text.slice(url.start, url.end))),
  );
}

function inEnvFile(file: TextFile, user: ComposeService | null, isChecked: boolean): readonly TlsUse[] {
  return tlsUrls(file.text).flatMap((url) => {
    const { line } = file.placeOf(url.start);
    return /^\s*#/.test(file.line(line)) ? [] : [useOf(url, user, isChecked, file, url)];
  });
}

function useOf(
  { name, shown, port, checksName }: TlsUrl,
  user: ComposeService | null,
  isChecked: boolean,
  file: TextFile,
  { start, end }: { readonly start: number; readonly end: number },
): TlsUse {
  return { name, shown, port, checksName: checksName && isChecked, user, isInside: false, file, start, end };
}

/** What libpq and its kin read (PostgreSQL, "Environment Variables"). */
function inPostgresVariables(variables: readonly Variable[], user: ComposeService): readonly TlsUse[] {
  const host = variables.find((variable) => variable.name === 'PGHOST');
  const mode = variables.find((variable) => variable.name === 'PGSSLMODE');
  const name = host === undefined ? null : configuredName(host.text);
  if (host === undefined || name === null || mode?.text !== 'verify-full') return [];
  const { file, start, end } = host.value;
  const shown = `PGHOST=${host.text} with PGSSLMODE=verify-full`;
  return [{ name, shown, port: null, checksName: true, user, isInside: false, file, start, end }];
}

function variablesIn(file: TextFile): readonly Pick<Variable, 'name' | 'text'>[] {
  return Object.entries(parseEnv(file.text)).map(([name, value]) => ({ name, text: value ?? '' }));
}
