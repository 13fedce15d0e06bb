import { once } from 'node:events';
import tls, { type TLSSocket } from 'node:tls';

/** A frame of HTTP/2 (RFC 9113 §4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Types of frames (RFC 9113 §6). */
export const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

export const endStream = 0x1;
export const endHeaders = 0x4;

/** Names and values, sent as they are. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** A client of HTTP/2 that writes whatever it is told to, and keeps every frame that comes back. */
export class FrameClient {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  isClosed = false;
  #octets = Buffer.alloc(0);
  #changed: (() => void)[] = [];

  static async connect(port: number, ca: string, settings: Buffer = Buffer.alloc(0)): Promise<FrameClient> {
    const socket = tls.connect({ host: '127.0.0.1', port, ca, servername: 'a.test', ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    const client = new FrameClient(socket);
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(type.settings, 0, 0, settings)]),
    );
    return client;
  }

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#octets = Buffer.concat([this.#octets, chunk]);
      this.#read();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      this.isClosed = true;
      this.#tell();
    });
  }

  write(...frames: Buffer[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(frames));
  }

  /** The first frame that is like this; null when the connection closes without one, or none comes in five seconds. */
  async wait(isIt: (frame: Frame) => boolean, ms = 5000): Promise<Frame | null> {
    const end = performance.now() + ms;
    for (;;) {
      const found = this.frames.find(isIt);
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (this.isClosed || left <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /**
   * What became of a stream: the status of its answer once that is over, `reset` with the code, `goaway` with the code,
   * `closed`, or `nothing`.
   */
  async outcome(stream: number, ms = 5000): Promise<string> {
    await this.wait((each) => endsStream(each, stream) || each.type === type.goaway, ms);
    const mine = this.frames.filter((each) => each.stream === stream);
    const reset = mine.find((each) => each.type === type.reset);
    const heads = mine.filter((each) => each.type === type.headers).map(({ payload }) => statusOf(payload));
    const status = heads.find((each) => each >= 200);
    const goaway = this.frames.find((each) => each.type === type.goaway);
    if (status !== undefined) return String(status);
    if (reset !== undefined) return `reset ${reset.payload.readUInt32BE(0)}`;
    if (goaway !== undefined) return `goaway ${goaway.payload.readUInt32BE(4)}`;
    return this.isClosed ? 'closed' : 'nothing';
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(): void {
    while (this.#octets.length >= 9) {
      const length = this.#octets.readUIntBE(0, 3);
      if (this.#octets.length < 9 + length) break;
      const [kind, flags, stream] = [
        this.#octets[3] ?? 0,
        this.#octets[4] ?? 0,
        this.#octets.readUInt32BE(5),
      ];
      const payload = this.#octets.subarray(9, 9 + length);
      this.frames.push({ type: kind, flags, stream: stream & 0x7fffffff, payload });
      this.#octets = this.#octets.subarray(9 + length);
      if (kind === type.settings && (flags & 1) === 0) this.write(frame(type.settings, 1, 0));
    }
    this.#tell();
  }

  #tell(): void {
    for (const each of this.#changed.splice(0)) each();
  }
}

export function frame(
  kind: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HEADERS, and CONTINUATION where it is long, with literal fields that nobody indexes. */
export function headers(stream: number, fields: FieldList, flags: number = endStream): Buffer {
  const block = fieldBlock(fields);
  const parts = [block.subarray(0, 16_384)];
  for (let at = 16_384; at < block.length; at += 16_384) parts.push(block.subarray(at, at + 16_384));
  return Buffer.concat(
    parts.map((part, index) =>
      frame(
        index === 0 ? type.headers : type.continuation,
        (index === 0 ? flags : 0) | (index === parts.length - 1 ? endHeaders : 0),
        stream,
        part,
      ),
    ),
  );
}

export function data(stream: number, body: string, flags: number = endStream): Buffer {
  return frame(type.data, flags, stream, Buffer.from(body, 'latin1'));
}

/** Literal fields without indexing and without Huffman (RFC 7541 §6.2.2). */
export function fieldBlock(fields: FieldList): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

export function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value >>> 0);
  return octets;
}

function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(octets.length, 7), octets]);
}

/** RFC 7541 §5.1 */
function integer(value: number, bits: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([value]);
  const octets = [most];
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) octets.push((left % 128) + 128);
  octets.push(left);
  return Buffer.from(octets);
}

function endsStream(each: Frame, stream: number): boolean {
  if (each.stream !== stream) return false;
  return (
    each.type === type.reset ||
    ((each.type === type.data || each.type === type.headers) && (each.flags & endStream) !== 0)
  );
}

const indexed = [200, 204, 206, 304, 400, 404, 500];

/** `:status`, which stands first (RFC 9113 §8.3), as an indexed field or a literal in Huffman or without (RFC 7541 §6). */
function statusOf(block: Buffer): number {
  let at = 0;
  while (((block[at] ?? 0) & 0xe0) === 0x20) at++;
  const first = block[at] ?? 0;
  if (first >= 0x88 && first <= 0x8e) return indexed[first - 0x88] ?? 0;
  const length = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f));
  if (length < 0x80) return Number(value.toString('latin1'));
  const bits = [...value].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const digits: string[] = [];
  for (let bit = 0; digits.length < 3;) {
    const short = Number.parseInt(bits.slice(bit, bit + 5), 2);
    const long = Number.parseInt(bits.slice(bit, bit + 6), 2);
    digits.push(String(short < 3 ? short : long - 0x16));
    bit += short < 3 ? 5 : 6;
  }
  return Number(digits.join(''));
}
