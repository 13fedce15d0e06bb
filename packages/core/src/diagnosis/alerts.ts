import type { Alert } from './evidence.ts';

/** TLS alert descriptions (RFC 8446 §6, RFC 5246 §7.2, RFC 6066 §9, RFC 7301 §3.2). */
const names: Record<number, string> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
  121: 'ech_required',
};

/** The alert by its number, named as the RFCs spell it. */
export function alertByNumber(number: number): Alert {
  return { number, name: names[number] ?? 'unknown' };
}

/** The alert that an OpenSSL error text ends with (`SSL alert number 112`), or null. */
export function alertInMessage(message: string): Alert | null {
  const match = /SSL alert number (\d{1,3})\b/.exec(message);
  return match === null ? null : alertByNumber(Number(match[1]));
}
