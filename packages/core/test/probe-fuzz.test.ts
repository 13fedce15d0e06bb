import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { chainAsSent } from '../src/probe/as-sent.ts';
import { handshake, type HandshakeSpec } from '../src/probe/handshake.ts';
import { askPlain } from '../src/probe/plain.ts';
import { startTlsProtocols } from '../src/probe/starttls.ts';
import { createRoot, listen, listenTls, type Issuer, type Listener } from './loopback.ts';

/** Rounds of each fuzzer; more by ALTNAME_FUZZ_ROUNDS. */
const rounds = Number(process.env['ALTNAME_FUZZ_ROUNDS'] ?? 600);
const seed = Number(process.env['ALTNAME_FUZZ_SEED'] ?? 20_261_123);
const timeout = 250;
const inFlight = 12;

/** Numbers that are the same in every run (mulberry32). */
class Dice {
  #state: number;
  constructor(state: number) {
    this.#state = state;
  }
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
  octets(most: number): Buffer {
    return Buffer.from(Array.from({ length: 1 + this.below(most) }, () => this.below(256)));
  }
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
}

const record = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.of(type, 3, 3, body.length >> 8, body.length & 255), body]);

type Ending = (socket: Socket) => void;
const endings: readonly Ending[] = [
  (socket) => socket.end(),
  (socket) => void socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, 80)),
  (socket) => socket.end(Buffer.of(21, 3, 3, 0, 2, 1, 0)),
  () => {},
];

/** Answers that are no TLS, or only begin like it. */
const answers: readonly ((dice: Dice) => Buffer)[] = [
  (dice) => dice.octets(400),
  (dice) => record(22, dice.octets(2000)),
  (dice) => record(dice.below(26), dice.octets(60)),
  (dice) => record(21, Buffer.of(1 + dice.below(2), dice.below(256))),
  // Half a record, of a length up to what no record has.
  (dice) => Buffer.concat([Buffer.of(22, 3, dice.below(5), dice.below(256), 255), dice.octets(300)]),
  (dice) => Buffer.concat([record(22, Buffer.from('02000100', 'hex')), dice.octets(300)]),
  (dice) => record(22, Buffer.concat([Buffer.of(11, 255, 255, 255), dice.octets(1000)])),
  () => Buffer.alloc(300_000, record(22, Buffer.alloc(16_384, 11))),
];

/** A real server behind it, whose octets are spoiled at one place. */
function spoil(dice: Dice, port: number, socket: Socket): void {
  const behind = connect(port, '127.0.0.1');
  const place = dice.below(2400);
  const way = dice.below(6);
  const end = dice.of(endings);
  let passed = 0;
  behind.on('error', () => {});
  behind.on('close', () => socket.destroy());
  socket.on('close', () => behind.destroy());
  socket.on('data', (chunk) => behind.write(chunk));
  behind.on('data', (chunk) => {
    const at = place - passed;
    passed += chunk.length;
    if (at < 0 || at >= chunk.length) return socket.write(chunk);
    const [head, tail] = [chunk.subarray(0, at), chunk.subarray(at)];
    if (way === 0) {
      const flipped = Buffer.from(chunk);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.below(8));
      socket.write(flipped);
    } else if (way === 1) {
      socket.write(head);
      end(socket);
    } else if (way === 2) {
      socket.write(Buffer.concat([head, dice.octets(2000)]));
    } else if (way === 3) {
      socket.write(Buffer.concat([head, record(dice.below(26), dice.octets(200)), tail]));
    } else if (way === 4) {
      socket.write(Buffer.concat([chunk, chunk]));
    } else {
      for (const octet of chunk.subarray(0, 40)) socket.write(Buffer.of(octet));
      socket.write(chunk.subarray(40));
    }
    return true;
  });
}

describe('hostile servers', () => {
  let root: Issuer;
  const behind: Listener[] = [];

  before(async () => {
    root = await createRoot();
    const { chain, key } = await (await root.intermediate('Between')).issue({ names: ['shop.test'] });
    behind.push(
      await listenTls({ cert: chain, key }),
      await listenTls({ cert: chain, key, maxVersion: 'TLSv1.2' }),
      await listenTls({ cert: chain, key, ca: root.cert, requestCert: true, rejectUnauthorized: false }),
    );
  });
  after(() => Promise.all(behind.map((one) => one.close())));

  /** Many rounds of one question to a server that misbehaves in another way each time. */
  async function torment(
    first: (dice: Dice, socket: Socket) => void,
    ask: (port: number, round: number) => Promise<unknown>,
  ): Promise<Listener> {
    const dice = new Dice(seed);
    const server = await listen((socket) => {
      socket.setTimeout(2000, () => socket.destroy());
      first(dice, socket);
    });
    let next = 0;
    let slowest = 0;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (next < rounds) {
          const started = performance.now();
          await ask(server.port, next++);
          slowest = Math.max(slowest, performance.now() - started);
        }
      }),
    );
    assert.ok(slowest < timeout + 2000, `the slowest of ${rounds} rounds took ${slowest} ms`);
    await server.close();
    return server;
  }

  const octets = (dice: Dice, socket: Socket): void => {
    if (dice.below(3) > 0) return spoil(dice, dice.of(behind).port, socket);
    const answer = dice.of(answers)(dice);
    const end = dice.of(endings);
    const give = (): void => {
      socket.write(answer);
      end(socket);
    };
    if (dice.below(4) === 0) give();
    else socket.once('data', give);
  };

  const spec = (port: number, more: Partial<HandshakeSpec> = {}): HandshakeSpec => ({
    host: '127.0.0.1',
    addresses: ['127.0.0.1'],
    port,
    sent: 'shop.test',
    checked: 'shop.test',
    ca: root.cert,
    starttls: null,
    domain: 'shop.test',
    versions: {},
    timeout,
    signal: new AbortController().signal,
    ...more,
  });

  // An exception or a rejection that nobody catches fails the test that runs.

  it(`cannot break the handshake (${rounds} rounds)`, async () => {
    const kinds = new Set<string>();
    await torment(octets, async (port) => {
      const { outcome, chain } = await handshake(spec(port));
      kinds.add(outcome.kind);
      if (outcome.kind === 'handshake') assert.ok(chain.length > 0);
    });
    for (const kind of ['handshake', 'reset', 'not-tls', 'error']) assert.ok(kinds.has(kind), kind);
  });

  it(`cannot break the reading of the chain (${rounds} rounds)`, async () => {
    let read = 0;
    await torment(octets, async (port, round) => {
      const { flight } = await chainAsSent(spec(port), round % 2 === 0);
      if (flight !== null) read++;
    });
    assert.ok(read > 0, 'chains were read');
  });

  it(`cannot break STARTTLS (${rounds} rounds)`, async () => {
    const lines = [
      '220 x\r\n',
      '220-x\r\n',
      '250 x\r\n',
      '250-',
      '234 x\r\n',
      '* OK x\r\n',
      'a1 OK\r\n',
      '+OK\r\n',
      '-ERR\r\n',
      'OK\r\n',
      '200 x\r\n',
      '382 x\r\n',
      '\r\n',
      '\n',
      '220',
      'S',
      'N',
      '<stream:stream>',
      '<stream:features/>',
      '<proceed/>',
      '0\x0c\x02\x01\x01x\x07\x0a\x01\0\x04\0\x04\0',
      '0\x0c\x02\x01\x01x\x07\x0a\x01\x35',
      'J\0\0\0\x0a8.0.36\0',
      '\xff\xff\xff\0\x0a',
      'x'.repeat(20_000),
    ];
    const kinds = new Set<string>();
    const chat = (dice: Dice, socket: Socket): void => {
      const speak = (): void => {
        if (dice.below(8) === 0) dice.of(endings)(socket);
        else
          socket.write(
            Buffer.from(dice.below(6) === 0 ? dice.octets(200) : Buffer.from(dice.of(lines), 'latin1')),
          );
      };
      if (dice.below(2) === 0) speak();
      socket.on('data', speak);
    };
    await torment(chat, async (port, round) => {
      const starttls = startTlsProtocols[round % startTlsProtocols.length] ?? 'smtp';
      const domain = round % 2 === 0 ? 'shop.test' : `'"><&\r\n\0`;
      // Most of them wait for a word that never comes.
      const more = { starttls, domain, timeout: 60 };
      kinds.add((await handshake(spec(port, more))).outcome.kind);
      if (round % 4 === 0) await chainAsSent(spec(port, more), false);
    });
    for (const kind of ['starttls-failed', 'timeout']) assert.ok(kinds.has(kind), kind);
  });

  it(`cannot break the question in plain text (${rounds} rounds)`, async () => {
    await torment(octets, async (port) => {
      const { signal } = new AbortController();
      const { sample } = await askPlain({ address: '127.0.0.1', port, patience: 20, timeout, signal });
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(sample, /[\u0000-\u001f\u007f-\u009f]/);
    });
  });
});
