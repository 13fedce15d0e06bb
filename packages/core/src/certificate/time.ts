/**
 * Reads a UTCTime (tag 0x17) or GeneralizedTime (0x18) in the form of RFC 5280 §4.1.2.5, or null.
 * Fractions of a second, which DER allows and RFC 5280 does not, are read and kept to the millisecond.
 */
export function readTime(tag: number, text: string): Date | null {
  const match = (tag === 0x17 ? utcTime : tag === 0x18 ? generalizedTime : never).exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction] = match;
  const years = Number(year);
  const full = tag === 0x17 ? years + (years < 50 ? 2000 : 1900) : years;
  const iso = `${String(full).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${iso}.${(fraction ?? '0').slice(0, 3).padEnd(3, '0')}Z`);
  // Date rolls 30 February over to March; a certificate does not.
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(iso) ? null : date;
}

const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/;
const never = /(?!)/;
