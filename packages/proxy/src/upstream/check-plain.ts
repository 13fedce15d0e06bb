import { errorFacts } from '@altname/core';
import type { ServerConfig } from '../config/upstream-servers.ts';
import { dialPlain } from './dial-plain.ts';

/** Why there is no connection to a server of plain HTTP, in a line; null when there is one. */
export function checkPlain(server: ServerConfig, timeout: number): Promise<string | null> {
  return new Promise((resolve) => {
    dialPlain(server, timeout, (error, socket) => {
      socket?.on('error', () => {}).destroy();
      resolve(error === null ? null : (errorFacts(error).code ?? errorFacts(error).message));
    });
  });
}
