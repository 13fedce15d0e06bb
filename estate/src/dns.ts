import { createSocket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import { decode, encode, type Answer, type Question } from 'dns-packet';

/**
 * Names and what they resolve to: addresses, or one name that they are an alias of (CNAME). `*.a.test` holds for
 * every name below `a.test` that is not in the table (RFC 4592). A name that nothing holds for does not exist.
 */
export type Zone = Readonly<Record<string, readonly string[] | string>>;

/** A DNS server on loopback. */
export interface DnsServer {
  /** `address:port`, as the `dnsServers` option of a check takes it. */
  readonly server: string;
  close(): Promise<void>;
}

/** Starts a DNS server (UDP) that knows the zone and nothing else. */
export async function startDns(zone: Zone, address = '127.0.0.1'): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('message', (octets, peer) => {
    const reply = answer(zone, octets);
    if (reply !== null) socket.send(reply, peer.port, peer.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, resolve);
  });
  return {
    server: `${address}:${socket.address().port}`,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

const authoritative = 0x0400;
const recursionAvailable = 0x0080;
const nameError = 3;
/** No chain of aliases is longer; a circle ends here. */
const longestChain = 8;

function answer(zone: Zone, octets: Buffer): Buffer | null {
  const query = read(octets);
  const question = query?.questions?.[0];
  if (query === null || question === undefined) return null;
  const answers = records(zone, question);
  return encode({
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags:
      ((query.flags ?? 0) & 0x0100) | authoritative | recursionAvailable | (answers === null ? nameError : 0),
    questions: [question],
    answers: answers ?? [],
  });
}

function read(octets: Buffer): ReturnType<typeof decode> | null {
  try {
    return decode(octets);
  } catch {
    // Not a DNS message: anybody may send anything to a UDP port.
    return null;
  }
}

/** The aliases from the name on, then the addresses of the type asked for; null when the name does not exist. */
function records(zone: Zone, { name, type }: Question): Answer[] | null {
  const found: Answer[] = [];
  let at = name;
  for (let hops = 0; hops < longestChain; hops++) {
    const entry = find(zone, at.toLowerCase());
    if (entry === undefined) return found.length === 0 ? null : found;
    if (typeof entry !== 'string') return [...found, ...addresses(at, type, entry)];
    found.push({ type: 'CNAME', name: at, ttl: 60, data: entry });
    if (type === 'CNAME') return found;
    at = entry;
  }
  return found;
}

function addresses(name: string, type: Question['type'], all: readonly string[]): Answer[] {
  if (type !== 'A' && type !== 'AAAA') return [];
  const fits = type === 'A' ? isIPv4 : isIPv6;
  return all.filter((data) => fits(data)).map((data) => ({ type, name, ttl: 60, data }));
}

function find(zone: Zone, name: string): Zone[string] | undefined {
  if (zone[name] !== undefined) return zone[name];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const wildcard = zone[`*${name.slice(dot)}`];
    if (wildcard !== undefined) return wildcard;
  }
  return undefined;
}
