import { readCertificate } from './certificate.ts';
import { AltnameError } from '../error.ts';
import { readAltNamesText } from '../names/alt-names-text.ts';
import { matchName } from '../names/match.ts';
import { explainRefusal } from '../names/refusal-text.ts';
import type { PresentedNames } from '../names/presented.ts';

/** What {@link checkServerIdentity} looks at; a `tls.PeerCertificate` is one. */
export interface PeerCertificateLike {
  /** The octets of the certificate. When they are there, nothing else decides. */
  readonly raw?: Uint8Array | undefined;
  /** Node's text of the subjectAltName, read strictly, only when there are no octets. */
  readonly subjectaltname?: string | undefined;
  /** Only for the reason: the CN never counts (RFC 9525 §2). */
  readonly subject?: { readonly CN?: string | readonly string[] | undefined } | undefined;
}

/** The error for a wrong name, with the fields that Node's own has. */
export interface ServerIdentityError extends Error {
  readonly code: 'ERR_TLS_CERT_ALTNAME_INVALID';
  /** Why the names do not match, in one line. */
  readonly reason: string;
  readonly host: string;
  readonly cert: PeerCertificateLike;
}

/**
 * A drop-in for `tls.checkServerIdentity`, strictly by RFC 9525: no CN, no partial wildcards, addresses only against
 * iPAddress entries, names read from the certificate's octets.
 *
 * @param host the name or address to expect, as Node passes it: a trailing dot is dropped, brackets are not
 * @param cert what `socket.getPeerCertificate()` gives
 * @returns undefined when the name matches, else the error; it never throws, whatever it is given
 */
export function checkServerIdentity(
  host: string,
  cert: PeerCertificateLike,
): ServerIdentityError | undefined {
  if (typeof host !== 'string') return identityError('the host to check is no text', host, cert);
  try {
    const names = namesOf(cert);
    if (typeof names === 'string') return identityError(names, host, cert);
    const match = matchName(host, names);
    return match.matches ? undefined : identityError(explainRefusal(host, names), host, cert);
  } catch {
    // A certificate object with getters that throw and the like: nothing that Node makes.
    return identityError('the certificate object cannot be read', host, cert);
  }
}

/** The names on a certificate object, or why there are none to compare. */
function namesOf(cert: PeerCertificateLike | null | undefined): PresentedNames | string {
  if (typeof cert !== 'object' || cert === null) return 'the server sent no certificate';
  const { raw } = cert;
  if (raw !== undefined && raw !== null) {
    try {
      return readCertificate(raw).names;
    } catch (error) {
      if (error instanceof AltnameError) return error.message;
      throw error;
    }
  }
  const text: unknown = cert.subjectaltname;
  const commonNames = [cert.subject?.CN ?? []].flat().filter((name) => typeof name === 'string');
  const absent = { dns: [], ip: [], others: [], commonNames };
  if (text === undefined || text === null) {
    if (Object.keys(cert).length === 0) return 'the server sent no certificate';
    return { ...absent, san: 'absent' };
  }
  const lists = typeof text === 'string' ? readAltNamesText(text) : null;
  return lists === null ? { ...absent, san: 'malformed' } : { ...lists, commonNames, san: 'present' };
}

function identityError(reason: string, host: string, cert: PeerCertificateLike): ServerIdentityError {
  const error = new Error(`Hostname/IP does not match certificate's altnames: ${reason}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID', reason, host, cert } as const);
}
