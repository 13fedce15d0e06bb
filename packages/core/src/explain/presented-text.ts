import { canonicalIpv4, canonicalIpv6 } from '../names/ip.ts';
import type { OtherName, PresentedNames } from '../names/presented.ts';

/** A list of presented names read from a message, and where it ended. */
export interface PresentedText {
  readonly names: PresentedNames;
  /** False when the text was cut short inside the list. */
  readonly complete: boolean;
  /** The offset behind the list. */
  readonly end: number;
}

/**
 * Reads a subjectAltName as Node prints it, from `at` on: `DNS:a.test, IP Address:192.0.2.1, URI:https://a.test`.
 *
 * An entry with unusual characters stands in double quotes with JSON escapes (nodejs/node, CVE-2021-44532); an
 * unquoted one therefore holds no quote, comma, backslash or control character, and here no white space either.
 */
export function readAltnames(text: string, at: number): PresentedText {
  const dns: string[] = [];
  const ip: string[] = [];
  const others: OtherName[] = [];
  let complete = true;
  let end = at;
  while (complete) {
    type.lastIndex = end;
    const kind = type.exec(text)?.[1];
    if (kind === undefined) {
      complete = !cutShort(text, end);
      break;
    }
    const value = readValue(text, type.lastIndex);
    end = value.end;
    if (value.text === '' && value.cut) {
      complete = false;
      break;
    }
    if (kind === 'DNS') dns.push(value.text);
    else if (kind.startsWith('IP')) ip.push(canonicalAddress(value.text));
    else others.push({ type: otherTypes[kind] ?? 'other', value: value.text });
    complete = !value.cut;
    separator.lastIndex = end;
    if (!separator.test(text)) break;
    end = separator.lastIndex;
  }
  return { names: present(dns, ip, others), complete, end };
}

/** Reads the addresses behind `is not in the cert's list: `; the list may be empty. */
export function readAddresses(text: string, at: number): PresentedText {
  const ip: string[] = [];
  let end = at;
  let complete = true;
  for (;;) {
    address.lastIndex = end;
    const found = address.exec(text)?.[0];
    if (found === undefined) {
      complete = !cutShort(text, end);
      break;
    }
    ip.push(canonicalAddress(found));
    end = address.lastIndex;
    separator.lastIndex = end;
    if (!separator.test(text)) break;
    end = separator.lastIndex;
  }
  return { names: present([], ip, []), complete, end };
}

/** Reads the common names behind `is not cert's CN: `, up to a quote or the end of the text. */
export function readCommonNames(text: string, at: number): PresentedText {
  let end = at;
  while (end < text.length && !'"`}'.includes(text[end] ?? '')) end++;
  // The quotation mark that closes an inspected string, never one inside a name such as O'Brien.
  const value = text
    .slice(at, end)
    .replace(/'[,\s]*$/, '')
    .trim();
  const names: PresentedNames = {
    san: 'absent',
    dns: [],
    ip: [],
    others: [],
    commonNames: value === '' ? [] : value.split(','),
  };
  return { names, complete: !cutShort(text, end), end };
}

/** Reads the names in the brackets of altname's own sentence: `a.test, b.test and 3 more`; a long one is cut by `…`. */
export function readEnumeration(list: string, areAddresses: boolean): PresentedText {
  const named = list.replace(/ and \d+ more$/, '');
  const all = named === '' ? [] : named.split(', ');
  const whole = all.filter((name) => !name.endsWith('…'));
  const complete = named === list && whole.length === all.length;
  const names = areAddresses ? present([], whole.map(canonicalAddress), []) : present(whole, [], []);
  return { names, complete, end: list.length };
}

const type = /(DNS|IP Address|IP|URI|email|othername|DirName|Registered ID|X400Name|EdiPartyName):/y;
const separator =
  /, ?(?=(?:DNS|IP Address|IP|URI|email|othername|DirName|Registered ID|X400Name|EdiPartyName):|[0-9a-fA-F.:]{2})/y;
const address = /[0-9a-fA-F:][0-9a-fA-F:.]*[0-9a-fA-F:]/y;
const plain = /[^\s"'`,;\\()[\]{}<>]*/y;
const quoted = /"(?:[^"\\]|\\.)*"/y;

const otherTypes: Readonly<Record<string, OtherName['type']>> = {
  email: 'email',
  URI: 'uri',
  DirName: 'directory',
  'Registered ID': 'registered-id',
  X400Name: 'x400',
  EdiPartyName: 'edi',
};

function readValue(text: string, at: number): { text: string; end: number; cut: boolean } {
  if (text[at] === '"') {
    quoted.lastIndex = at;
    const found = quoted.exec(text)?.[0];
    const value = found === undefined ? null : unquote(found);
    if (found !== undefined && value !== null) return { text: value, end: at + found.length, cut: false };
  }
  plain.lastIndex = at;
  const found = plain.exec(text)?.[0] ?? '';
  const end = at + found.length;
  const cutAt = found.search(/\.{3}|…/);
  if (cutAt !== -1) return { text: '', end, cut: true };
  // A full stop that ends the sentence around it is no trailing dot of the name.
  const sentence = found.endsWith('.') && (text[end] === ' ' || text[end] === ')');
  return { text: sentence ? found.slice(0, -1) : found, end, cut: false };
}

function unquote(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

function canonicalAddress(text: string): string {
  return canonicalIp(text) ?? text.toLowerCase();
}

/** The canonical form of an IPv4 or IPv6 address; null when it is neither. */
export function canonicalIp(text: string): string | null {
  return canonicalIpv4(text) ?? canonicalIpv6(text);
}

function cutShort(text: string, at: number): boolean {
  return text.startsWith('...', at) || text.startsWith('…', at);
}

function present(dns: string[], ip: string[], others: OtherName[]): PresentedNames {
  return { san: 'present', dns, ip, others, commonNames: [] };
}
