import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientHello, HelloFault } from '../src/intake/client-hello.ts';
import { HeldOctets } from '../src/intake/held-octets.ts';
import { HelloReader, type PlainHttp } from '../src/intake/hello-reader.ts';
import { clientHellos } from './client-hellos.ts';

type Result = ClientHello | HelloFault | PlainHttp | null;

/** What comes of octets that arrive in these pieces; it ends with the first answer. */
function read(coming: Iterable<Buffer>): Result {
  const held = new HeldOctets();
  const reader = new HelloReader(held);
  for (const piece of coming) {
    held.add(piece);
    const result = reader.read();
    if (result !== null) return result;
  }
  return null;
}

function* pieces(octets: Buffer, size: () => number): Iterable<Buffer> {
  for (let at = 0; at < octets.length;) {
    const next = at + size();
    yield octets.subarray(at, next);
    at = next;
  }
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function sized(octets: Buffer): Buffer {
  return Buffer.concat([u16(octets.length), octets]);
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([u16(type), sized(data)]);
}

function entry(name: string, type = 0): Buffer {
  return Buffer.concat([Buffer.from([type]), sized(Buffer.from(name, 'latin1'))]);
}

function sni(...entries: Buffer[]): Buffer {
  return extension(0, sized(Buffer.concat(entries)));
}

/** The handshake message with these extensions, and what is changed. */
function message(
  extensions: readonly Buffer[] | null,
  version = 0x0303,
  head: readonly Buffer[] = usual,
): Buffer {
  const block = extensions === null ? [] : [sized(Buffer.concat(extensions))];
  const body = Buffer.concat([u16(version), Buffer.alloc(32, 7), ...head, ...block]);
  return Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
}

const usual = [Buffer.from([0]), sized(Buffer.from([0x13, 0x01])), Buffer.from([1, 0])];

/** The message in records of so many octets. */
function records(octets: Buffer, size = 16_384): Buffer {
  const parts = [...pieces(octets, () => size)];
  return Buffer.concat(parts.flatMap((part) => [Buffer.from([22, 3, 1]), sized(part)]));
}

function hello(...extensions: Buffer[]): Buffer {
  return records(message(extensions));
}

const named = message([sni(entry('a.test'))]);
const wide = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => extension(1000 + index, Buffer.alloc(0)));

/** What a client sends, and the alert or the server name that comes of it; `http` for a request in clear. */
const table: readonly (readonly [what: string, octets: Buffer, result: number | string | null])[] = [
  ['a name', hello(sni(entry('a.test'))), 'a.test'],
  ['a name in capitals with a final dot', hello(sni(entry('A.Test.'))), 'a.test'],
  ['an A-label', hello(sni(entry('xn--bcher-kva.test'))), 'xn--bcher-kva.test'],
  [
    'extensions of GREASE',
    hello(extension(0x0a0a, Buffer.alloc(0)), sni(entry('a.test')), extension(0xfafa, Buffer.from([0]))),
    'a.test',
  ],
  ['no extensions', records(message(null)), null],
  ['an empty block of extensions', hello(), null],
  ['20,000 extensions', records(message([...wide(12_000), sni(entry('a.test'))])), 'a.test'],
  ['a U-label', hello(sni(entry('b\xfccher.test'))), null],
  ['an address as name', hello(sni(entry('10.0.0.5'))), null],
  ['an address of IPv6 as name', hello(sni(entry('::1'))), null],
  ['a name with a NUL', hello(sni(entry('a.test\0.b'))), null],
  ['a name with an empty label', hello(sni(entry('a..test'))), null],
  ['a wildcard as name', hello(sni(entry('*.test'))), null],
  ['a name of 300 octets', hello(sni(entry(`${'a'.repeat(50)}.`.repeat(6)))), null],
  ['an empty name', hello(sni(entry(''))), 50],
  ['an empty list of names', hello(sni()), 50],
  ['an empty extension of names', hello(extension(0, Buffer.alloc(0))), 50],
  [
    'a list of names that is longer than its extension',
    hello(extension(0, Buffer.concat([u16(99), entry('a.test')]))),
    50,
  ],
  [
    'a list of names that is shorter than its extension',
    hello(extension(0, Buffer.concat([sized(entry('a.test')), u16(0)]))),
    50,
  ],
  [
    'a name that is longer than its list',
    hello(extension(0, sized(Buffer.concat([Buffer.from([0]), u16(99), Buffer.from('a')])))),
    50,
  ],
  ['two names', hello(sni(entry('a.test'), entry('b.test'))), 47],
  ['a name of another type', hello(sni(entry('a.test', 1))), 47],
  ['an extension twice', hello(sni(entry('a.test')), sni(entry('a.test'))), 47],
  ['an unknown extension twice', hello(extension(999, u16(1)), extension(999, u16(1))), 47],
  ['ALPN with an empty protocol', hello(extension(16, sized(Buffer.from([0])))), 50],
  ['ALPN that does not fit', hello(extension(16, sized(Buffer.from([5, 1])))), 50],
  ['an extension that does not fit', hello(Buffer.concat([u16(5), u16(9), u16(0)])), 50],
  ['half an extension', hello(Buffer.from([0])), 50],
  [
    'octets behind the extensions',
    records(Buffer.concat([Buffer.from([1, 0]), u16(named.length - 3), named.subarray(4), Buffer.from([0])])),
    50,
  ],
  ['a session id of 33 octets', records(message([], 0x0303, [Buffer.alloc(34, 33), ...usual.slice(1)])), 50],
  ['no cipher suites', records(message([], 0x0303, [Buffer.from([0]), u16(0), Buffer.from([1, 0])])), 50],
  [
    'an odd number of octets of cipher suites',
    records(message([], 0x0303, [Buffer.from([0]), sized(Buffer.alloc(3)), Buffer.from([1, 0])])),
    50,
  ],
  [
    'no compression methods',
    records(message([], 0x0303, [Buffer.from([0]), sized(u16(1)), Buffer.from([0])])),
    50,
  ],
  ['an empty ClientHello', records(Buffer.from([1, 0, 0, 0])), 50],
  ['a version before SSL 3.0', records(message([], 0x0202)), 70],
  ['a version to come', records(message([sni(entry('a.test'))], 0x0309)), 'a.test'],
  ['a record of another major version', Buffer.from([22, 4, 0, 0, 4]), 70],
  ['SSL 2.0', Buffer.from([0x80, 0x2e, 1, 0, 2]), 70],
  ['a record that is empty', Buffer.from([22, 3, 1, 0, 0]), 10],
  ['a record of application data', Buffer.from([23, 3, 3, 0, 1, 0]), 10],
  ['an alert', Buffer.from([21, 3, 1, 0, 2, 2, 40]), 10],
  ['another message', records(Buffer.from([2, 0, 0, 0])), 10],
  ['more than a ClientHello in its record', records(Buffer.concat([named, Buffer.from([1])])), 10],
  [
    'another record in the middle',
    Buffer.concat([records(named.subarray(0, 20)), Buffer.from([20, 3, 3, 0, 1, 1])]),
    10,
  ],
  ['a record of more than 2^14 octets', Buffer.from([22, 3, 1, 0x40, 1]), 22],
  ['a message of 16 MiB', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), 50],
  [
    'records up to 64 KiB',
    records(message([extension(21, Buffer.alloc(60_000)), sni(entry('a.test'))])),
    'a.test',
  ],
  [
    'records of more than 64 KiB',
    records(message([extension(21, Buffer.alloc(60_000)), sni(entry('a.test'))]), 40),
    50,
  ],
  ['early data behind it', Buffer.concat([records(named), Buffer.from([23, 3, 3, 0, 1, 0])]), 'a.test'],
  ['a request in clear', Buffer.from('GET / HTTP/1.1\r\n'), 'http'],
  ['the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'http'],
  ['letters without end', Buffer.alloc(40, 'A'), 10],
  ['a greeting of SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), 10],
];

/** The alert or the name, as the table has it. */
function shown(result: Result): number | string | null {
  if (result === null) throw new Error('more is awaited');
  if ('isPlainHttp' in result) return 'http';
  return 'alert' in result ? result.alert : result.serverName;
}

describe('a ClientHello', () => {
  for (const [what, octets, expected] of table) {
    it(`${what}: ${String(expected)}`, () => {
      assert.equal(shown(read([octets])), expected);
      assert.equal(shown(read(pieces(octets, () => 1))), expected, 'one octet at a time');
    });
  }

  for (const [client, text] of Object.entries(clientHellos)) {
    const octets = Buffer.from(text, 'base64');
    const isBrowser = client === 'chromium' || client === 'firefox';
    const name = client.includes('noservername') ? null : client === 'firefox' ? 'localhost' : 'db.test';

    it(`of ${client}, whole, in pieces and in records of every size`, () => {
      const whole = read([octets]);
      assert.equal(shown(whole), name);
      const { hasEch, hasServerName } = whole as ClientHello;
      assert.deepEqual([hasEch, hasServerName], [isBrowser, name !== null]);
      for (const size of [1, 2, 5, 7, 100, 1000]) {
        assert.deepEqual(read(pieces(octets, () => size)), whole);
        const many = records(octets.subarray(5), size);
        assert.deepEqual(read([many]), whole);
        assert.deepEqual(read(pieces(many, () => 3)), whole);
      }
    });

    it(`of ${client}, cut off anywhere, is awaited`, () => {
      for (let end = 0; end < octets.length; end++) assert.equal(read([octets.subarray(0, end)]), null);
    });
  }

  it('of any kind is answered in the same way in whatever pieces, by its own octets alone', () => {
    const random = seeded(20_261_128);
    const known = Object.values(clientHellos).map((text) => Buffer.from(text, 'base64'));
    const seen = new Map<string, number>();
    for (let turn = 0; turn < 20_000; turn++) {
      const octets = mutated(known[random(known.length)] ?? Buffer.alloc(0), random);
      const whole = read([within(octets, 0)]);
      assert.deepEqual(read([within(octets, 0xff)]), whole);
      assert.deepEqual(read(pieces(octets, () => 1 + random(turn % 7 === 0 ? 3 : 400))), whole);
      const kind = whole === null ? 'awaited' : 'alert' in whole ? `alert ${whole.alert}` : 'read';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (whole !== null && 'serverName' in whole && whole.serverName !== null) {
        assert.match(whole.serverName, /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/);
      }
    }
    for (const kind of ['awaited', 'read', 'alert 10', 'alert 22', 'alert 47', 'alert 50', 'alert 70']) {
      assert.ok((seen.get(kind) ?? 0) > 20, `${kind}: ${seen.get(kind)}`);
    }
  });

  it('in 65,536 pieces, or records of one octet, is read in one pass', () => {
    const long = message([extension(21, Buffer.alloc(10_500)), sni(entry('a.test'))]);
    const began = process.cpuUsage();
    assert.equal(shown(read(pieces(records(long, 1), () => 1))), 'a.test');
    // Seconds: each octet again for each one that comes would take minutes.
    assert.ok(process.cpuUsage(began).user < 5_000_000);
  });
});

/** The octets with others around them that are none of theirs. */
function within(octets: Buffer, other: number): Buffer {
  const larger = Buffer.alloc(octets.length + 200, other);
  octets.copy(larger, 100);
  return larger.subarray(100, 100 + octets.length);
}

function mutated(octets: Buffer, random: (below: number) => number): Buffer {
  let changed = Buffer.from(octets);
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(random(3) === 0 ? Math.min(changed.length, 60) : changed.length);
    const rest = changed.subarray(at);
    const kind = random(6);
    if (kind === 0) changed[at] = random(256);
    else if (kind === 1) changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2)
      changed = Buffer.concat([changed.subarray(0, at), Buffer.alloc(1 + random(4)), rest]);
    else if (kind === 3) changed = Buffer.concat([changed.subarray(0, at), rest.subarray(random(8))]);
    else if (kind === 4) changed = Buffer.concat([changed.subarray(0, at), rest.subarray(0, 40), rest]);
    else if (at + 2 <= changed.length) changed.writeUInt16BE([0, 1, 0x4001, 0xffff][random(4)] ?? 0, at);
    if (changed.length === 0) return Buffer.from([22]);
  }
  return changed;
}

/** Numbers below a limit, the same in every run (xorshift32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
