import { readIdentifier } from '../names/identifier.ts';
import { toUnicodeName } from '../names/idn.ts';
import { printable } from '../names/printable.ts';

/**
 * A name as it is shown in a column: printable ASCII. A U-label stands as its A-label; octets beyond ASCII, as they may
 * stand on a certificate, as `\xNN`.
 */
export function asciiName(name: string): string {
  if (/^[\u0021-\u007e]*$/.test(name)) return printable(name);
  const read = readIdentifier(name);
  if (typeof read !== 'string') return read.value;
  return printable(name).replace(/[^\u0020-\u007e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The name with its A-labels as U-labels, safe to print, or null when that is no other text. */
export function unicodeName(name: string): string | null {
  const ascii = asciiName(name);
  const unicode = toUnicodeName(ascii);
  return unicode === ascii ? null : printable(unicode);
}

/** `name`, and `(U-label)` after it when there is one. */
export function bothNames(name: string): string {
  const unicode = unicodeName(name);
  return unicode === null ? asciiName(name) : `${asciiName(name)} (${unicode})`;
}

/** Whether two texts are the same name, however they are written. */
export function sameName(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [readIdentifier(a), readIdentifier(b)];
  return typeof left !== 'string' && typeof right !== 'string' && left.value === right.value;
}

/** A whole number with a comma between thousands, whatever the locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 name`, `2 names`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** An address and a port, with the brackets that an IPv6 address needs; without a port that is not known (0). */
export function addressAndPort(address: string, port: number): string {
  const shown = printable(address, 80);
  if (port === 0) return shown;
  return shown.includes(':') ? `[${shown}]:${port}` : `${shown}:${port}`;
}
