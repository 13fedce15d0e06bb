import { printable } from '../names/printable.ts';
import { alertInMessage } from './alerts.ts';
import type { ErrorFacts, Outcome } from './evidence.ts';

/** Code and message of what was thrown, escaped: an error text can carry what the server sent. */
export function errorFacts(error: unknown): ErrorFacts {
  const thrown = error as {
    code?: unknown;
    message?: unknown;
    errors?: { code?: unknown; message?: unknown }[];
  };
  const inner = thrown.errors?.[0];
  const code = typeof thrown.code === 'string' ? thrown.code : inner?.code;
  // OpenSSL ends its texts with a line feed.
  const message = String(thrown.message || inner?.message || error).trimEnd();
  return { code: typeof code === 'string' ? code : null, message: printable(message, 1000) };
}

/** What an error of a handshake that brought no certificate says came back. */
export function failureOutcome(error: ErrorFacts): Outcome {
  const code = error.code ?? '';
  const alert = alertInMessage(error.message);
  if (alert !== null) return { kind: 'alert', alert, error, asksForClientCertificate: null };
  if (notTls.test(code) || (code === 'EPROTO' && notTlsText.test(error.message)))
    return { kind: 'not-tls', speaks: null, sample: '', error };
  if (/^(?:ECONNRESET|EPIPE|ECONNABORTED)$/.test(code)) return { kind: 'reset', error };
  return { kind: 'error', error };
}

/** Whether a code is a verdict of OpenSSL on the chain: those have no `ERR_` before them, and are no errno. */
export function isChainVerdict(code: string | null): boolean {
  return code !== null && /^(?!ERR_|E[A-Z]+$)[A-Z][A-Z0-9_]*$/.test(code);
}

/** The same, where Node keeps it to the text: a socket of `https` fails as it writes, with EPROTO. */
const notTlsText = /wrong version number|packet length too long|http request|unknown protocol/i;

/** What OpenSSL says of octets that are no TLS record. */
const notTls =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|RECORD_TOO_SMALL/;
