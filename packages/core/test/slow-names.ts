/**
 * A second opinion on which names a certificate has and what they match: written apart from the reader and the
 * matcher, with no care for speed, and lenient where they are strict. What they accept and this does not is a fault.
 */

interface Value {
  readonly tag: number;
  readonly content: Uint8Array;
}

function values(octets: Uint8Array): Value[] {
  const found: Value[] = [];
  let rest = octets;
  while (rest.length > 0) {
    let header = 2;
    let length = rest[1] ?? Number.NaN;
    if (length >= 128) {
      const size = length - 128;
      length = 0;
      for (const octet of rest.subarray(2, 2 + size)) length = length * 256 + octet;
      header += size;
    }
    if (!(header + length <= rest.length)) throw new Error('cut off');
    found.push({ tag: rest[0] as number, content: rest.subarray(header, header + length) });
    rest = rest.subarray(header + length);
  }
  return found;
}

/** The dNSName and iPAddress entries of the only subjectAltName; null when there is not exactly one. */
export function slowNames(der: Uint8Array): { readonly dns: Uint8Array[]; readonly ip: Uint8Array[] } | null {
  const [certificate] = values(der);
  const [tbs] = values(certificate?.content ?? der);
  const lists = values(tbs?.content ?? der).filter(({ tag }) => tag === 0xa3);
  const extensions = lists
    .flatMap(({ content }) => values(content))
    .flatMap(({ content }) => values(content));
  const altNames = extensions
    .map(({ content }) => values(content))
    .filter(([id]) => id?.tag === 6 && Buffer.from(id.content).toString('hex') === '551d11');
  if (altNames.length !== 1) return null;
  const entries = values(altNames[0]?.at(-1)?.content ?? der).flatMap(({ content }) => values(content));
  const of = (wanted: number): Uint8Array[] =>
    entries.filter(({ tag }) => tag === wanted).map(({ content }) => content);
  return { dns: of(0x82), ip: of(0x87) };
}

/** Whether one of the dNSName entries is the name, or a wildcard for it. The name is in lower case and ASCII. */
export function slowDnsMatch(dns: readonly Uint8Array[], name: string): boolean {
  const [first, ...rest] = name.split('.');
  return dns.some((octets) => {
    const labels = String.fromCharCode(...octets)
      .split('')
      .map((character) => ('A' <= character && character <= 'Z' ? character.toLowerCase() : character))
      .join('')
      .split('.');
    if (labels.join() === [first, ...rest].join()) return true;
    return labels[0] === '*' && labels.length >= 3 && first !== '' && labels.slice(1).join() === rest.join();
  });
}

/** Whether one of the iPAddress entries has these octets. */
export function slowIpMatch(ip: readonly Uint8Array[], octets: Uint8Array): boolean {
  return ip.some((one) => one.length === octets.length && Buffer.compare(one, octets) === 0);
}
