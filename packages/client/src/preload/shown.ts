import type tls from 'node:tls';
import type { Shown } from './sighting.ts';

/** Certificates read of one chain: nobody sends more. */
const longestChain = 32;

/** What the server showed, read just before Node judges it. */
export function shownBy(socket: tls.TLSSocket, failure: Error | null): Shown {
  const chain: Uint8Array[] = [];
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  const seen = new Set<unknown>();
  while (certificate?.raw !== undefined && !seen.has(certificate) && chain.length < longestChain) {
    seen.add(certificate);
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return {
    chain,
    chainError:
      failure === null
        ? null
        : { code: (failure as NodeJS.ErrnoException).code ?? null, message: failure.message },
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? null,
    alpn: socket.alpnProtocol || null,
  };
}

/**
 * Whether an error is of TLS, not of the network below or of the program above.
 *
 * | when                      | of TLS                                                                              |
 * |---------------------------|-------------------------------------------------------------------------------------|
 * | Node refused the server   | every error: it is the verdict                                                      |
 * | the connection stands     | an alert: with TLS 1.3 a server refuses after the client is done (RFC 8446 §4.4.2)  |
 * | before                    | what OpenSSL says, and an end, a reset or a wait in vain before there is a secure   |
 * |                           | connection; not that the program gave up                                            |
 */
export function isOfTls(error: object, { authorizationError, stood, connected }: TlsState): boolean {
  const { code, message, syscall } = error as { code?: unknown; message?: unknown; syscall?: unknown };
  const name = typeof code === 'string' ? code : '';
  if (stood) return /^ERR_SSL_.*ALERT/.test(name);
  // null and undefined before there is a verdict
  if (authorizationError) return true;
  if (name === undiciTimeout) return connected;
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(name) || opensslVerdict.test(name)) return true;
  const text = typeof message === 'string' ? message : '';
  // Read from or written to: there was a connection, and what it carried was the handshake.
  if (name === 'ECONNRESET' || name === 'EPIPE')
    return text.includes('before secure TLS connection') || syscall === 'read' || syscall === 'write';
  return text.includes('SSL routines');
}

interface TlsState {
  readonly authorizationError: unknown;
  /** Whether the handshake is over, and Node had no objection. */
  readonly stood: boolean;
  /** Whether there was a connection for the handshake. */
  readonly connected: boolean;
}

/** undici's, for both: no connection, or no end of the handshake. */
export const undiciTimeout = 'UND_ERR_CONNECT_TIMEOUT';

/** Codes of OpenSSL on a chain (`X509_V_ERR_…`), as Node names them. */
const opensslVerdict =
  /^(?:UNABLE_TO_|CERT_|CRL_|ERROR_IN_C|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$)/;

/** What Node 26 throws for an address as server name. */
export function refusalOfAddress(servername: string): Error {
  const message = `The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted. Received '${servername}'`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}
