import { AltnameError } from '@altname/core';
import type { ListenAddress } from './listen-address.ts';

/** Why the system does not let a server listen, in one line that begins with the key. */
export function listenFault(key: string, address: ListenAddress, error: NodeJS.ErrnoException): AltnameError {
  const why = reasons[error.code ?? ''] ?? `the system refuses (${error.code ?? error.message})`;
  return new AltnameError('ALTNAME_BAD_OPTION', `${key} ${listenText(address)}: ${why}`, { cause: error });
}

/** Where to listen, as it is written in a configuration. */
export function listenText({ host = '*', port, fd }: ListenAddress): string {
  if (fd !== undefined) return `fd:${fd}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const reasons: Readonly<Record<string, string>> = {
  EINVAL: 'it is no socket of TCP that listens',
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'it is no address of this machine',
};
