import { AltnameError } from '../error.ts';
import { canonicalIpv4, canonicalIpv6 } from './ip.ts';
import { toALabel } from './idn.ts';
import { printable } from './printable.ts';

/** A DNS name as a reference identifier (DNS-ID, RFC 9525 §6.3): lower case, A-labels, no trailing dot. */
export interface DnsIdentifier {
  readonly kind: 'dns';
  readonly value: string;
}

/** An IP address as a reference identifier (IP-ID, RFC 9525 §6.4), in canonical text: see `names/ip.ts`. */
export interface IpIdentifier {
  readonly kind: 'ip';
  readonly value: string;
}

/** What a client compares with the names on a certificate: the reference identifier of RFC 9525. */
export type Identifier = DnsIdentifier | IpIdentifier;

/** Why a text is not a reference identifier. */
export type IdentifierProblem =
  | 'empty'
  | 'url'
  | 'port'
  | 'brackets'
  | 'zone'
  | 'wildcard'
  | 'percent'
  | 'number'
  | 'empty-label'
  | 'label-too-long'
  | 'name-too-long'
  | 'hyphen'
  | 'unicode-dot'
  | 'idn'
  | 'character';

/**
 * Reads a name or an address the way RFC 9525 §7.4 asks: classified once, as DNS or IP, by one strict parser.
 *
 * | text                                   | result                                             |
 * |----------------------------------------|----------------------------------------------------|
 * | `Example.COM.`                         | dns `example.com` (ASCII case, one dot dropped)     |
 * | `bücher.example`                       | dns `xn--bcher-kva.example` (RFC 9525 §6.3)         |
 * | `my_service`                           | dns: an underscore is allowed in any label          |
 * | `192.0.2.1` `2001:DB8::1`              | ip `192.0.2.1` `2001:db8::1`                        |
 * | `127.1` `0x7f000001` `a.123`           | error: a last label that is a number is no DNS name |
 * | `*.example.com` `a..b` `-a.b` `a b`    | error                                              |
 * | `[::1]` `fe80::1%eth0` `a:443` `https://a` | error: that belongs to a URL, not to a name     |
 * | `ww%77.example` `ｗｗｗ.example` `a。b`   | error: never decoded, never normalised              |
 *
 * @throws {AltnameError} `ALTNAME_BAD_IDENTIFIER`, in one line that says what is wrong.
 */
export function parseIdentifier(text: string): Identifier {
  const read = readIdentifier(text);
  if (typeof read === 'string') {
    throw new AltnameError(
      'ALTNAME_BAD_IDENTIFIER',
      `"${printable(String(text))}" is not a DNS name or an IP address: ${problemText[read]}`,
    );
  }
  return read;
}

/** {@link parseIdentifier} without the throw: the identifier, or the reason why there is none. */
export function readIdentifier(text: unknown): Identifier | IdentifierProblem {
  if (typeof text !== 'string') return 'character';
  const length = text.length;
  if (length > longestText) return 'name-too-long';
  let start = 0;
  let upper = false;
  let digitsOnly = true;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x61 && code <= 0x7a) {
      digitsOnly = false;
    } else if (code >= 0x30 && code <= 0x39) {
      // a digit
    } else if (code === 0x2e) {
      if (i === start) return i === 0 && length === 1 ? 'empty' : 'empty-label';
      if (i - start > 63) return 'label-too-long';
      if (text.charCodeAt(start) === 0x2d || text.charCodeAt(i - 1) === 0x2d) return 'hyphen';
      if (i === length - 1) return finish(text.slice(0, i), start, upper, digitsOnly, true);
      start = i + 1;
      digitsOnly = true;
    } else if (code === 0x2d || code === 0x5f) {
      digitsOnly = false;
    } else if (code >= 0x41 && code <= 0x5a) {
      digitsOnly = false;
      upper = true;
    } else {
      return unusual(text);
    }
  }
  if (length === 0) return 'empty';
  if (length - start > 63) return 'label-too-long';
  if (text.charCodeAt(start) === 0x2d || text.charCodeAt(length - 1) === 0x2d) return 'hyphen';
  return finish(text, start, upper, digitsOnly, false);
}

/** What is wrong with a text that is no identifier, as the end of a sentence. */
export const problemText: Record<IdentifierProblem, string> = {
  empty: 'it is empty',
  url: 'it is a URL; give only its host',
  port: 'it carries a port; give only the host',
  brackets: 'the brackets belong to a URL; give the address without them',
  zone: 'a zone id (%…) is never part of a certificate name; give the address without it',
  wildcard: 'a wildcard can stand on a certificate, not in the name that is asked for',
  percent: 'percent-escapes are never decoded; write the character itself',
  number:
    'its last label is a number, so it can only be an address, and it is not four decimal octets without leading zeros',
  'empty-label': 'it has an empty label (two dots in a row, or a dot at the start)',
  'label-too-long': 'a label has more than 63 octets',
  'name-too-long': 'it has more than 253 octets',
  hyphen: 'a label begins or ends with a hyphen',
  'unicode-dot': 'it has a dot-like character that is not "."',
  idn: 'a label with non-ASCII characters has no A-label form (it is full-width, disallowed or not normalised)',
  character: 'it has a character that no host name has',
};

/** A longer text is not even looked at. */
const longestText = 4096;

const hexNumber = /^0x[0-9a-f]*$/;

function finish(
  name: string,
  lastLabel: number,
  upper: boolean,
  digitsOnly: boolean,
  dotted: boolean,
): Identifier | IdentifierProblem {
  if (digitsOnly) return !dotted && canonicalIpv4(name) !== null ? { kind: 'ip', value: name } : 'number';
  if (name.length > 253) return 'name-too-long';
  const value = upper ? name.toLowerCase() : name;
  if (value.charCodeAt(lastLabel) === 0x30 && hexNumber.test(value.slice(lastLabel))) return 'number';
  return { kind: 'dns', value };
}

/** Everything that is not plain letters, digits, hyphens, underscores and dots. */
function unusual(text: string): Identifier | IdentifierProblem {
  if (text.includes('://')) return 'url';
  if (/^\[.*\](:\d*)?$/s.test(text)) return 'brackets';
  if (text.includes(':')) {
    const address = canonicalIpv6(text);
    if (address !== null) return { kind: 'ip', value: address };
    if (/^[0-9a-f:.]+%/i.test(text)) return 'zone';
    return /^[^:]+:\d+$/.test(text) ? 'port' : 'character';
  }
  if (text.includes('*')) return 'wildcard';
  if (text.includes('%')) return 'percent';
  if (/[\u3002\uff0e\uff61\u2024\ufe52]/u.test(text)) return 'unicode-dot';
  if (!/[^\u0000-\u007f]/.test(text)) return text.includes('/') ? 'url' : 'character';
  const labels: string[] = [];
  for (const label of text.split('.')) {
    const international = /[^\u0000-\u007f]/.test(label);
    if (international && (label.startsWith('-') || label.endsWith('-'))) return 'hyphen';
    const ascii = international ? toALabel(label) : label;
    if (ascii === null) return 'idn';
    labels.push(ascii);
  }
  return readIdentifier(labels.join('.'));
}
