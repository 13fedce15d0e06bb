import { AltnameError } from '@altname/core';
import { detailsOf, type Connection } from '../connection.ts';
import type { ContextOptions } from '../context.ts';
import type { Always, Unless, Ways } from '../ways.ts';

/** {@link forOwnContext}, as far as types tell. */
export type ForOwnContext<W extends Ways> = Unless<
  Always<W['sent'], Exclude<Ways['sent'], 'name'>>,
  'the client checks the server name that it sends; sni and name have to be the same DNS name'
> &
  Unless<Always<W['tolerates'], true>, 'the client has a check of its own, and tolerates nothing'>;

/**
 * For a driver that makes its own TLS context, and compares the name it sends by Node's own check: what it can be
 * given, where that verifies no less.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` where the driver cannot do what the connection says.
 */
export function forOwnContext(driver: string, connection: Connection): ContextOptions {
  const { context, tolerated } = detailsOf(connection);
  if (connection.sni === null)
    throw cannot(driver, 'it checks the server name that it sends, so it needs one');
  if (connection.sni !== connection.name) {
    throw cannot(driver, `it checks the server name that it sends; sni and name have to be the same`);
  }
  if (tolerated !== null) throw cannot(driver, 'it has a check of its own, and tolerates nothing');
  return context;
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION` when no server name is sent. */
export function serverNameOf(driver: string, connection: Connection): string {
  detailsOf(connection);
  if (connection.sni === null) throw cannot(driver, 'it always sends a server name: give it as sni');
  return connection.sni;
}

/** What a driver cannot do, in one line. */
export function cannot(driver: string, why: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', `connection for ${driver}: ${why}`);
}
