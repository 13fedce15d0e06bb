import type { Http2SecureServer } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** `Client-Cert` of each connection; null for one whose client showed none. */
const fields = new WeakMap<TLSSocket, string | null>();

/**
 * The certificate of a client, for the upstream: the value of `Client-Cert` (RFC 9440 §2.2). Null where it showed none,
 * or none that the configured issuers issued.
 */
export function clientCertificateField(socket: TLSSocket): string | null {
  const known = fields.get(socket);
  if (known !== undefined) return known;
  const { raw } = (socket.authorized ? (socket.getPeerCertificate() as { raw?: Buffer } | null) : null) ?? {};
  const field = raw === undefined ? null : `:${raw.toString('base64')}:`;
  fields.set(socket, field);
  return field;
}

/**
 * Where a certificate may be left out, Node lets in whatever is shown. What the configured issuers did not issue is
 * ended here, before anything of it is read as HTTP.
 */
export function refuseStrangers(server: Http2SecureServer): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const shown = socket.getPeerCertificate() as { raw?: Buffer } | null;
    if (shown?.raw !== undefined && !socket.authorized) socket.destroy();
  });
}
