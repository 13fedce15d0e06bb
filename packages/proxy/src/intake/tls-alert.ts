/** The alerts that this proxy sends by itself (RFC 8446 §6). */
export const alerts = {
  unexpectedMessage: 10,
  recordOverflow: 22,
  illegalParameter: 47,
  decodeError: 50,
  protocolVersion: 70,
  internalError: 80,
  missingExtension: 109,
  unrecognizedName: 112,
} as const;

export type Alert = (typeof alerts)[keyof typeof alerts];

/** A fatal alert in a record of its own, in clear: nothing was agreed on yet. */
export function alertRecord(alert: Alert): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, alert]);
}
