import { AltnameError, parseIdentifier, printable, type Identifier } from '@altname/core';
import { readCaBundle } from './ca-bundle.ts';
import { connection, type Connection } from './connection.ts';
import { isPort, reasonOf, type HostDial } from './endpoint.ts';

/** Where {@link connectionFromEnv} looks. */
export interface FromEnvOptions {
  /** What the names of the variables begin with: `PAYMENTS_`, for one upstream among several. */
  readonly prefix?: string;
  /** The port where the variable is not set; else it is left to the client, as in a URL. */
  readonly port?: number;
}

/** The variables of a process, or what stands for them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One connection per deployment, from the environment:
 *
 * | variable         | with `prefix: 'PAYMENTS_'` | what it says                                                  |
 * |------------------|----------------------------|---------------------------------------------------------------|
 * | `API_HOST`       | `PAYMENTS_HOST`            | DNS name or IP address to dial; it has to be there            |
 * | `API_PORT`       | `PAYMENTS_PORT`            | 1 to 65535                                                    |
 * | `TLS_SERVERNAME` | `PAYMENTS_TLS_SERVERNAME`  | DNS name to send and to check; the host when not given        |
 * | `CA_BUNDLE`      | `PAYMENTS_CA_BUNDLE`       | PEM file of CA certificates to trust beside the default roots |
 *
 * An empty variable is none. A variable that looks like a misspelling of these is a mistake, too.
 *
 * @throws {AltnameError} `ALTNAME_BAD_ENVIRONMENT`, with one line for each mistake, naming the variable;
 *   `ALTNAME_BAD_OPTION` where `env` or `options` is not what its type says, as no environment is.
 */
export function connectionFromEnv(
  env: Environment = process.env,
  options: FromEnvOptions = {},
): Connection<HostDial> {
  if (typeof env !== 'object' || (env as unknown) === null) {
    throw new AltnameError('ALTNAME_BAD_OPTION', 'env: an object of variables is expected');
  }
  const { prefix, port: usualPort } = readOptions(options);
  const names = variablesOf(prefix);
  const mistakes: string[] = [];
  const read = <T>(variable: string, reader: (variable: string, text: string) => T): T | undefined => {
    const text = textOf(env, variable);
    try {
      return text === '' ? undefined : reader(variable, text);
    } catch (error) {
      if (!(error instanceof AltnameError)) throw error;
      mistakes.push(error.message);
      return undefined;
    }
  };
  if (textOf(env, names.host) === '') {
    mistakes.push(`${names.host}: it is not set; the host to dial is expected`);
  }
  const host = read(names.host, readHost);
  const port = read(names.port, readPort);
  const name = read(names.servername, readServerName);
  const ca = read(names.ca, readCaBundle);
  mistakes.push(...misspelled(env, prefix));
  if (mistakes.length > 0 || host === undefined) {
    throw new AltnameError('ALTNAME_BAD_ENVIRONMENT', mistakes.join('\n'));
  }
  return connection({ to: host, port: port ?? usualPort, name, ca }) as Connection<HostDial>;
}

/** Empty where the variable is not set. An object that stands for the environment may hold anything. */
function textOf(env: Environment, variable: string): string {
  const value: unknown = env[variable] ?? '';
  if (typeof value === 'string') return value.trim();
  const kind = Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
  throw new AltnameError('ALTNAME_BAD_OPTION', `${variable}: a text is expected, and it is ${kind}`);
}

interface Variables {
  readonly host: string;
  readonly port: string;
  readonly servername: string;
  readonly ca: string;
}

function variablesOf(prefix: string | null): Variables {
  const own = prefix ?? '';
  return {
    host: `${prefix ?? 'API_'}HOST`,
    port: `${prefix ?? 'API_'}PORT`,
    servername: `${own}TLS_SERVERNAME`,
    ca: `${own}CA_BUNDLE`,
  };
}

/** What people write for `TLS_SERVERNAME` and `CA_BUNDLE`, and what would be passed over in silence. */
const misspellings: Readonly<Record<string, 'servername' | 'ca'>> = {
  SERVERNAME: 'servername',
  SERVER_NAME: 'servername',
  TLS_SERVER_NAME: 'servername',
  TLS_NAME: 'servername',
  TLS_SNI: 'servername',
  SNI: 'servername',
  CA: 'ca',
  CABUNDLE: 'ca',
  CA_FILE: 'ca',
  CA_CERT: 'ca',
  CA_CERTS: 'ca',
  CA_PATH: 'ca',
  TLS_CA: 'ca',
  TLS_CA_BUNDLE: 'ca',
  TLS_CA_FILE: 'ca',
};

function misspelled(env: Environment, prefix: string | null): string[] {
  const names = variablesOf(prefix);
  // Without a prefix the two variables have none, and with API_ before them nobody would read them.
  const wrong: [string, string][] = Object.entries(misspellings).map(([tail, meant]) => [
    `${prefix ?? 'API_'}${tail}`,
    names[meant],
  ]);
  if (prefix === null) wrong.push(['API_TLS_SERVERNAME', names.servername], ['API_CA_BUNDLE', names.ca]);
  return wrong
    .filter(([variable]) => textOf(env, variable) !== '')
    .map(([variable, meant]) => `${variable}: there is no such variable; ${meant} is what is read`);
}

function readHost(variable: string, text: string): string {
  const { value, kind } = readIdentifier(variable, text);
  return kind === 'dns' && text.endsWith('.') ? `${value}.` : value;
}

function readPort(variable: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (!isPort(port)) throw bad(variable, `"${printable(text, 40)}" is not a number from 1 to 65535`);
  return port;
}

function readServerName(variable: string, text: string): string {
  const { value, kind } = readIdentifier(variable, text);
  if (kind === 'ip')
    throw bad(variable, 'an IP address is never sent as server name (RFC 6066 §3); a DNS name is expected');
  return value;
}

/** The value is not shown: a URL put there may carry a password. */
function readIdentifier(variable: string, text: string): Identifier {
  try {
    return parseIdentifier(text);
  } catch (error) {
    throw bad(variable, reasonOf(error));
  }
}

function readOptions({ prefix, port }: FromEnvOptions): { prefix: string | null; port: number | undefined } {
  if (prefix !== undefined && !(typeof prefix === 'string' && /^[A-Za-z_]\w*$/.test(prefix))) {
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      'prefix: the beginning of a variable is expected, such as PAYMENTS_',
    );
  }
  if (port !== undefined && !isPort(port)) {
    throw new AltnameError('ALTNAME_BAD_OPTION', 'port: a number from 1 to 65535 is expected');
  }
  return { prefix: prefix === undefined ? null : prefix.replace(/_?$/, '_'), port };
}

function bad(variable: string, why: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_ENVIRONMENT', `${variable}: ${why}`);
}
