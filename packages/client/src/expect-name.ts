import { checkServerIdentity, type PeerCertificateLike, type ServerIdentityError } from '@altname/core';
import { keptApart, type Apart } from './kept-apart.ts';
import { readName } from './server-name.ts';

/** A `checkServerIdentity` for the options of `tls.connect`, and of whatever passes them on to it. */
export type IdentityCheck = (host: string, certificate: PeerCertificateLike) => Error | undefined;

/** The check for one name. As a function it is for connections of their own; `tls` is for agents as well. */
export interface ExpectedName {
  (host: string, certificate: PeerCertificateLike): ServerIdentityError | undefined;
  /** The check, and what keeps its sockets and sessions apart: no check is asked of a socket or a session used again. */
  readonly tls: ExpectedNameTls;
}

/** TLS options. Frozen. */
export interface ExpectedNameTls extends Apart {
  readonly checkServerIdentity: IdentityCheck;
}

/**
 * The identity check for tunnels and odd endpoints: whatever host was dialled, the certificate has to carry `name`,
 * strictly by RFC 9525. The chain is verified as ever: Node asks only after that.
 *
 * An `https.Agent`, the global one among them, gives a request any socket or session that it has for the host, whichever
 * way that was checked, on Node 20 for one. So give it `...expectName(name).tls`; the function alone is for `tls.connect`, and for clients that make a connection each.
 *
 * @param name DNS name or IP address
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when it is neither.
 */
export function expectName(name: string): ExpectedName {
  const { value } = readName('name', name);
  const check: IdentityCheck = (_host, certificate) => checkServerIdentity(value, certificate);
  const tls = Object.freeze({ checkServerIdentity: check, ...keptApart('expected name', value) });
  return Object.freeze(Object.assign(check, { tls })) as ExpectedName;
}
