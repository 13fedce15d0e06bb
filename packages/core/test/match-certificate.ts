import { altNames, certificate, commonName, dnsEntry, ipEntry, text } from './der-writer.ts';

/** The certificate for the presented names of a row of the match table, in the notation described there. */
export function certificateFor(presented: string | readonly string[]): Buffer {
  const commonNames: string[] = [];
  const entries: Buffer[] = [];
  for (const name of typeof presented === 'string' ? [presented] : presented) {
    if (name.startsWith('cn:')) commonNames.push(name.slice(3));
    else if (name.startsWith('email:')) entries.push(text(0x81, name.slice(6)));
    else if (name.startsWith('uri:')) entries.push(text(0x86, name.slice(4)));
    else if (name.startsWith('ip:')) entries.push(ipEntry(octetsOf(name.slice(3))));
    else if (name.startsWith('ip#')) entries.push(ipEntry(Buffer.from(name.slice(3), 'hex')));
    else entries.push(dnsEntry(name));
  }
  return certificate({
    subject: commonName(...commonNames),
    extensions: entries.length === 0 ? null : [altNames(...entries)],
  });
}

/** The octets of an address as Node's URL reads it: a reader that is not ours. */
export function octetsOf(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...middle, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}
