import { createSocket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import { octetsOf } from './match-certificate.ts';

/** How a server refuses (RFC 1035 §4.1.1). */
const refusals = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/**
 * What a name holds: addresses, the one name it is an alias of, a refusal, or silence. Names that are not in the zone do
 * not exist.
 */
export type Zone = Readonly<Record<string, readonly string[] | string | keyof typeof refusals | null>>;

/** A DNS server on loopback, over UDP. */
export interface DnsServer {
  /** `address:port` */
  readonly server: string;
  /** `name type` of every question so far. */
  readonly asked: string[];
  close(): void;
}

const types = { A: 1, CNAME: 5, AAAA: 28 } as const;

export async function startDns(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    asked.push(`${name} ${type}`);
    const response = answer(zone, query.subarray(0, end), name, type);
    if (response !== null) socket.send(response, peer.port, peer.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  });
  return { server: `127.0.0.1:${socket.address().port}`, asked, close: () => void socket.close() };
}

function readQuestion(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = query.readUInt16BE(at + 1);
  const type = Object.entries(types).find(([, value]) => value === number)?.[0] ?? String(number);
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function answer(zone: Zone, question: Buffer, name: string, type: string): Buffer | null {
  const records: Buffer[] = [];
  let code = 0;
  let at = name;
  // A chain goes on inside the zone, as a resolver that recurses gives it.
  for (let hops = 0; hops < 20; hops++) {
    const entry = zone[at];
    if (entry === null) return null;
    if (entry === undefined) code = refusals.NXDOMAIN;
    else if (typeof entry !== 'string') records.push(...addressRecords(at, type, entry));
    else if (entry in refusals) code = refusals[entry as keyof typeof refusals];
    else {
      records.push(record(at, types.CNAME, nameOctets(entry)));
      at = entry;
      if (type !== 'CNAME') continue;
    }
    break;
  }
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8580 | (records.length === 0 ? code : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question.subarray(12), ...records]);
}

function addressRecords(name: string, type: string, addresses: readonly string[]): Buffer[] {
  if (type !== 'A' && type !== 'AAAA') return [];
  const fits = type === 'A' ? isIPv4 : isIPv6;
  return addresses
    .filter((address) => fits(address))
    .map((address) => record(name, types[type], Buffer.from(octetsOf(address))));
}

/** Class IN, a minute to live. */
function record(name: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameOctets(name), fixed, data]);
}

function nameOctets(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
}
