import { readFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { frontName } from '../proxy/upstream.ts';

/** How often something was asked for, and how often it went otherwise than it had to. */
export interface Tally {
  asked: number;
  wrong: number;
  /** What went wrong last. */
  last: string;
}

/** Clients that do what is not asked often: each kind goes on until it is stopped. */
export class OddClients {
  readonly tallies: Map<string, Tally> = new Map();
  readonly #options: RequestOptions;
  readonly #running: Promise<void>[];
  #isStopped = false;

  constructor(port: number, caFile: string) {
    this.#options = { host: frontName, family: 4, port, ca: readFileSync(caFile), agent: false };
    this.#running = [
      this.#keepOn('client that goes away', 20, () => this.#goAway()),
      this.#keepOn('upstream that resets', 50, () => this.#expect('/reset', 502)),
      this.#keepOn('answer that breaks off', 50, () => this.#cut()),
      this.#keepOn('slow answer', 200, () => this.#expect('/slow', 200)),
      this.#keepOn('WebSocket', 50, () => this.#echo()),
    ];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #keepOn(what: string, pause: number, once: () => Promise<string | null>): Promise<void> {
    const tally: Tally = { asked: 0, wrong: 0, last: '' };
    this.tallies.set(what, tally);
    while (!this.#isStopped) {
      const wrong = await once().catch((error: unknown) => String(error));
      tally.asked++;
      if (wrong !== null) {
        tally.wrong++;
        tally.last = wrong;
      }
      await sleep(pause);
    }
  }

  /** Leaves in the middle of an answer that comes slowly, or before it begins. */
  #goAway(): Promise<null> {
    return new Promise((resolve) => {
      const request = get({ ...this.#options, path: '/slow' });
      request.on('error', () => {});
      request.once('close', () => resolve(null));
      setTimeout(() => request.destroy(), Math.random() * 200);
    });
  }

  #expect(path: string, status: number): Promise<string | null> {
    return new Promise((resolve, reject) => {
      get({ ...this.#options, path }, (answer) => {
        answer.resume();
        answer.once('error', reject);
        answer.once('end', () =>
          resolve(answer.statusCode === status ? null : `${path}: ${answer.statusCode}`),
        );
      }).once('error', reject);
    });
  }

  /** The client has to see that something is missing. */
  #cut(): Promise<string | null> {
    return new Promise((resolve, reject) => {
      get({ ...this.#options, path: '/cut' }, (answer) => {
        answer.resume();
        answer.once('error', () => resolve(null));
        answer.once('end', () => resolve('/cut ended as if it were whole'));
      }).once('error', reject);
    });
  }

  /** What is sent comes back, twenty times. */
  #echo(): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
      const request = get({ ...this.#options, path: '/ws', headers });
      request.once('response', (answer) => {
        answer.resume();
        resolve(`/ws: ${answer.statusCode}`);
      });
      request.once('error', reject);
      request.once('upgrade', (_answer, socket) => {
        void echoes(socket, 20).then((wrong) => {
          socket.destroy();
          resolve(wrong);
        }, reject);
      });
    });
  }
}

async function echoes(socket: Duplex, times: number): Promise<string | null> {
  socket.on('error', () => {});
  for (let i = 0; i < times; i++) {
    const text = `message ${i} `.repeat(1 + i * 10);
    const back = new Promise<string>((resolve, reject) => {
      let got = '';
      const take = (chunk: Buffer): void => {
        got += chunk.toString();
        if (got.length < text.length) return;
        socket.off('data', take);
        socket.off('close', gone);
        resolve(got);
      };
      const gone = (): void => reject(new Error('the WebSocket was closed'));
      socket.on('data', take).once('close', gone);
    });
    socket.write(text);
    if ((await back) !== text) return 'a WebSocket got back something else';
  }
  return null;
}
