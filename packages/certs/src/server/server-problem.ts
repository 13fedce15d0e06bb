/** What can be wrong with a directory of certificates while a server runs on it. */
export type ServerProblemCode =
  /** The directory, or a folder in it, cannot be read, or holds no certificate any more. What was read before goes on. */
  | 'directory'
  /** A file cannot be read, or is over 1 MiB. */
  | 'unreadable'
  /** A file that should hold a certificate holds none that is whole. */
  | 'not-a-certificate'
  /** No key in the same folder belongs to the certificate. */
  | 'no-key'
  /** A key that is encrypted: there is nobody to ask for the passphrase. */
  | 'key-encrypted'
  /** A certificate that no client can pick: without a name, or with a key that TLS does not use. */
  | 'unusable'
  /** A certificate that is over or not yet begun. It is served only where there is nothing better. */
  | 'not-valid-now'
  /** The named default has no certificate, or a server shows an old one. */
  | 'default'
  /** The directory cannot be watched: it is looked at now and then instead. */
  | 'watch'
  /** A fault of a callback, or of the selection. The handshake it happened in may have failed, nothing else. */
  | 'callback';

/** Something wrong that did not stop the server. */
export interface ServerProblem {
  readonly code: ServerProblemCode;
  /** The file or folder that it is about; null when there is none. */
  readonly file: string | null;
  /** One line. */
  readonly message: string;
}

/**
 * Calls a callback of the user's. Whatever it throws, or rejects with, is a warning of the process and nothing more: a
 * fault in a callback never ends a server.
 */
export function callSafely<T>(callback: ((value: T) => unknown) | undefined, value: T): void {
  try {
    const result = callback?.(value);
    if (result instanceof Promise) result.catch(warnOfCallback);
  } catch (error) {
    warnOfCallback(error);
  }
}

/** Where problems go that nobody listens to: a warning of the process. */
export function warnOfProblem(problem: ServerProblem): void {
  process.emitWarning(problem.message, { type: 'AltnameWarning', code: 'ALTNAME_SERVER_CONTEXT' });
}

function warnOfCallback(error: unknown): void {
  process.emitWarning(`a callback of serverContext failed: ${messageOf(error)}`, {
    type: 'AltnameWarning',
    code: 'ALTNAME_SERVER_CONTEXT',
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
