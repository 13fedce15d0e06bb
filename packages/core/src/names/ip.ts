/**
 * IP addresses as RFC 9525 §6.4 and RFC 5280 §4.2.1.6 compare them: by octets, 4 or 16.
 *
 * | text                  | read as                                    |
 * |-----------------------|--------------------------------------------|
 * | `192.0.2.1`           | 4 octets; four decimal parts, no leading 0 |
 * | `2001:db8::1`         | 16 octets (RFC 4291 §2.2, any case)        |
 * | `::ffff:192.0.2.1`    | 16 octets, never equal to the 4            |
 * | `127.1` `0x7f.1` `010.0.0.1` | not an address                      |
 * | `[::1]` `fe80::1%eth0`| not an address: brackets and zones are no part of it |
 *
 * Two addresses have the same octets exactly when their canonical texts are equal.
 */

/** The canonical text of an IPv4 address, or null when the text is not four decimal octets. */
export function canonicalIpv4(text: string): string | null {
  return ipv4Octets(text) === null ? null : text;
}

/** The canonical text of an IPv6 address: RFC 5952 in lower case, the last 32 bits always in hexadecimal. */
export function canonicalIpv6(text: string): string | null {
  const octets = ipv6Octets(text);
  return octets === null ? null : formatIpv6(octets);
}

/** The canonical text of 4 or 16 octets; null for any other number of octets. */
export function addressText(octets: Uint8Array): string | null {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (octets.length === 16) return formatIpv6(octets);
  return null;
}

/** The octets of a canonical or ordinary address text, or null. */
export function addressOctets(text: string): Uint8Array | null {
  return ipv4Octets(text) ?? ipv6Octets(text);
}

function ipv4Octets(text: string): Uint8Array | null {
  if (text.length < 7 || text.length > 15) return null;
  const octets = new Uint8Array(4);
  let part = 0;
  let value = -1;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (digits === 0 || part === 3) return null;
      octets[part++] = value;
      value = -1;
      digits = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      if (digits > 0 && value === 0) return null;
      value = digits === 0 ? code - 0x30 : value * 10 + code - 0x30;
      if (value > 255) return null;
      digits++;
    } else {
      return null;
    }
  }
  if (part !== 3 || digits === 0) return null;
  octets[3] = value;
  return octets;
}

function ipv6Octets(text: string): Uint8Array | null {
  if (text.length < 2 || text.length > 45 || !text.includes(':')) return null;
  const gap = text.indexOf('::');
  if (gap !== -1 && text.indexOf('::', gap + 1) !== -1) return null;
  const head = gap === -1 ? text : text.slice(0, gap);
  const tail = gap === -1 ? '' : text.slice(gap + 2);
  const before = ipv6Groups(head, gap === -1);
  const after = ipv6Groups(tail, true);
  if (before === null || after === null) return null;
  const missing = 16 - before.length - after.length;
  if (gap === -1 ? missing !== 0 : missing < 2) return null;
  const octets = new Uint8Array(16);
  octets.set(before);
  octets.set(after, 16 - after.length);
  return octets;
}

/** The octets of groups separated by single colons; only the very last group may be an IPv4 address. */
function ipv6Groups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && mayEndInIpv4 && group.includes('.')) {
      const v4 = ipv4Octets(group);
      if (v4 === null) return null;
      octets.push(...v4);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    }
  }
  return octets;
}

function formatIpv6(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    i += run;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start === -1) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
