import { checkServerIdentity, type PeerCertificateLike, type ServerIdentityError } from '@altname/core';
import { readName } from './server-name.ts';

/** A `checkServerIdentity` for the options of `tls.connect`, and of whatever passes them on to it. */
export type IdentityCheck = (host: string, certificate: PeerCertificateLike) => Error | undefined;

/**
 * A `checkServerIdentity` for tunnels and odd endpoints: whatever host was dialled, the certificate has to carry
 * `name`, strictly by RFC 9525. The chain is verified as ever: Node asks this function only after that.
 *
 * @param name DNS name or IP address
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when it is neither.
 */
export function expectName(
  name: string,
): (host: string, certificate: PeerCertificateLike) => ServerIdentityError | undefined {
  const { value } = readName('name', name);
  return (_host, certificate) => checkServerIdentity(value, certificate);
}
