import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The A-label of one U-label (RFC 5890 §2.3.2.1), or null.
 *
 * `domainToASCII` alone would also fold full-width letters, the Kelvin sign and the like into ASCII, which makes one
 * name out of two. So the result must be a real A-label, and must lead back to the same characters, apart from
 * Unicode composition (NFC) and the case of letters that stay outside ASCII.
 */
export function toALabel(label: string): string | null {
  // Some characters beyond ASCII, the Kelvin sign among them, are ASCII after composition already.
  for (const character of label) {
    if (character > '\u007f' && /[\u0000-\u007f]/.test(character.normalize('NFC'))) return null;
  }
  const composed = label.normalize('NFC');
  if (/[./\\?#@:%[\]\s]/.test(composed)) return null;
  const ascii = domainToASCII(composed);
  if (!/^xn--[a-z0-9-]+$/.test(ascii)) return null;
  return domainToUnicode(ascii) === foldOneToOne(composed) ? ascii : null;
}

/** The name with its A-labels shown as U-labels, for people; the name itself when there are none. */
export function toUnicodeName(name: string): string {
  if (!/(^|\.)xn--/i.test(name)) return name;
  const unicode = domainToUnicode(name);
  return unicode === '' ? name : unicode;
}

function foldOneToOne(text: string): string {
  let folded = '';
  for (const character of text) {
    const lower = character.toLowerCase();
    const ascii = character < '\u0080';
    folded += ascii || (lower.length === character.length && lower > '\u007f') ? lower : character;
  }
  return folded;
}
