import type { Duplex } from 'node:stream';
import { afterFirstOctets, type Behaviour } from './behaviour.ts';

/** Alerts by which servers refuse (RFC 8446 §6). */
const alerts = {
  handshake_failure: 40,
  internal_error: 80,
  unrecognized_name: 112,
} as const;

export type AlertName = keyof typeof alerts;

/** Answers the ClientHello with a fatal alert, as nginx with `ssl_reject_handshake` or a strict HAProxy does. */
export function alert(name: AlertName): Behaviour {
  return (stream) => afterFirstOctets(stream, () => sendAlert(stream, name));
}

/** One TLS 1.2 record: alert (21), two octets, fatal (2), the number. */
export function sendAlert(stream: Duplex, name: AlertName): void {
  stream.end(Buffer.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, alerts[name]));
}
