import { isIP } from 'node:net';
import { addressOctets } from '@altname/core';
import type { Endpoint, Endpoints } from './peer.ts';

/** What a header of version 2 may say beside the addresses (§2.2.1 to §2.2.7 of the specification). */
export interface ProxyHeaderExtras {
  /** PP2_TYPE_ALPN: the protocol that is spoken, as octets in latin1. */
  readonly protocol?: string;
  /** PP2_TYPE_AUTHORITY: the server name that the client sent. */
  readonly authority?: string;
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const types = { alpn: 1, authority: 2 };

/**
 * The header by which a connection begins that is made for another one (proxy-protocol.txt of HAProxy, versions 1 and 2).
 * Where the ends are of two families, both are written as IPv6 (RFC 4291 §2.5.5.2); where one is not known, the header
 * says so, and the receiver takes the connection as it is.
 */
export function proxyHeader(
  version: 'v1' | 'v2',
  endpoints: Endpoints,
  extras: ProxyHeaderExtras = {},
): Buffer {
  const [source, destination] = [withoutZone(endpoints.source), withoutZone(endpoints.destination)];
  const families = [isIP(source.address), isIP(destination.address)];
  const isKnown = families.every((family) => family !== 0);
  const isV6 = families.includes(6);
  if (version === 'v1') {
    if (!isKnown) return Buffer.from('PROXY UNKNOWN\r\n');
    const [from, to] = [source, destination].map(({ address }) => (isV6 ? mapped(address) : address));
    const family = isV6 ? 'TCP6' : 'TCP4';
    return Buffer.from(`PROXY ${family} ${from} ${to} ${source.port} ${destination.port}\r\n`, 'latin1');
  }
  const addresses = isKnown ? addressBlock(source, destination, isV6) : Buffer.alloc(0);
  const rest = Buffer.concat([addresses, ...tlvs(extras)]);
  const head = Buffer.alloc(16);
  signature.copy(head);
  head[12] = 0x21;
  head[13] = !isKnown ? 0 : isV6 ? 0x21 : 0x11;
  head.writeUInt16BE(rest.length, 14);
  return Buffer.concat([head, rest]);
}

/** The header of a connection that is made for no client, such as a health check (§2.1 and §2.2, `LOCAL`). */
export function localProxyHeader(version: 'v1' | 'v2'): Buffer {
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n');
  return Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);
}

function addressBlock(source: Endpoint, destination: Endpoint, isV6: boolean): Buffer {
  const octets = [source, destination].map(({ address }) =>
    Buffer.from(addressOctets(isV6 ? mapped(address) : address) ?? []),
  );
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  return Buffer.concat([...octets, ports]);
}

function tlvs({ protocol, authority }: ProxyHeaderExtras): Buffer[] {
  const found: Buffer[] = [];
  if (protocol !== undefined) found.push(tlv(types.alpn, protocol));
  if (authority !== undefined) found.push(tlv(types.authority, authority));
  return found;
}

function tlv(type: number, text: string): Buffer {
  const value = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);
}

/** A zone is of this machine alone (RFC 4007 §11.2). */
function withoutZone({ address, port }: Endpoint): Endpoint {
  return { address: address.replace(/%.*$/, ''), port };
}

function mapped(address: string): string {
  return address.includes(':') ? address : `::ffff:${address}`;
}
