import { canonicalIpv4, canonicalIpv6 } from './ip.ts';
import type { OtherName, PresentedNames } from './presented.ts';

/**
 * Reads names from the text that Node makes of a subjectAltName (`PeerCertificate.subjectaltname`), for certificate
 * objects that come without their octets. Where the octets are there, they are read instead.
 *
 * The form is Node's since CVE-2021-44532: entries separated by `, `, each a type, a colon and a value; a value with a
 * quote, comma, backslash or control character in it is one JSON string.
 *
 * | text                                   | read as                                      |
 * |----------------------------------------|----------------------------------------------|
 * | `DNS:a.example, IP Address:192.0.2.1`  | one DNS name, one address                    |
 * | `DNS:"a\u002c DNS:b"`                  | one DNS name, `a, DNS:b`                     |
 * | `IP Address:2001:DB8:0:0:0:0:0:1`      | the address `2001:db8::1`                    |
 * | `IP Address:<invalid length=8>`        | an address of wrong length: ignored alone    |
 * | `URI:…` `email:…` `DirName:…` and so on | never part of a host check                  |
 * | ` DNS:a` `DNS:a,DNS:b` `DNS:"a"b` `FOO:a` | malformed: no names at all                |
 *
 * @returns null when the text is not exactly of that form
 */
export function readAltNamesText(text: string): Pick<PresentedNames, 'dns' | 'ip' | 'others'> | null {
  const dns: string[] = [];
  const ip: string[] = [];
  const others: OtherName[] = [];
  entry.lastIndex = 0;
  for (;;) {
    const match = entry.exec(text);
    if (match === null) return null;
    const [, type = '', quoted, plain = '', separator] = match;
    const value = quoted === undefined ? plain : (JSON.parse(quoted) as string);
    if (type === 'DNS') dns.push(value);
    else if (type === 'IP Address') ip.push(canonicalIpv4(value) ?? canonicalIpv6(value) ?? 'hex:');
    else others.push({ type: otherTypes.get(type) ?? 'other', value });
    if (separator === '') return { dns, ip, others };
  }
}

const entry =
  /(DNS|IP Address|email|URI|DirName|Registered ID|othername|X400Name|EdiPartyName):(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|([^",\\\u0000-\u001f]*))(, |$)/y;

const otherTypes: ReadonlyMap<string, OtherName['type']> = new Map([
  ['email', 'email'],
  ['URI', 'uri'],
  ['DirName', 'directory'],
  ['Registered ID', 'registered-id'],
  ['X400Name', 'x400'],
  ['EdiPartyName', 'edi'],
]);
