import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { testAuthority } from './authority.ts';
import { deferred } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startRecorder } from './recorder.ts';
import { behind, smugglingRows } from './smuggling-rows.ts';
import { readStrictly } from './strict-http.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test', 'b.test');
const ca = authority.root;

/** Everything that comes back until the other end closes; `late` when it does not within five seconds. */
async function send(port: number, octets: string, inTls: boolean): Promise<{ text: string; late: boolean }> {
  const socket = inTls
    ? tls.connect({ host: '127.0.0.1', port, ca, servername: 'a.test', ALPNProtocols: ['http/1.1'] })
    : net.connect(port, '127.0.0.1');
  const { promise, resolve } = deferred<boolean>();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.once(inTls ? 'secureConnect' : 'connect', () => socket.write(Buffer.from(octets, 'latin1')));
  socket.once('close', () => resolve(false));
  const timer = setTimeout(() => resolve(true), 5000);
  const late = await promise;
  clearTimeout(timer);
  socket.destroy();
  return { text, late };
}

for (const inTls of [false, true]) {
  describe(`what is sent in HTTP/1.1 ${inTls ? 'over TLS' : 'in the clear'}`, async () => {
    const recorder = await startRecorder(identity);
    const api = { to: recorder.url, name: 'api.test', ca };
    const { port } = await startProxy({ upstreams: { api }, ...(inTls ? { tls: identity } : {}) });
    for (const { title, source, octets, answers, reached } of smugglingRows) {
      it(`${title} (${source}): ${answers.join(', ')}`, async () => {
        recorder.forget();
        const { text, late } = await send(port, octets + behind, inTls);
        const { messages, rest, fault } = readStrictly(text, 'answers', () => false, !late);
        assert.deepEqual([fault, rest], [null, '']);
        assert.deepEqual(
          messages.map(({ start }) => Number(start[1])),
          answers,
        );
        assert.equal(late, false, 'the connection did not end');
        // What is given up at the upstream ends there.
        while (recorder.faults().some((why) => why.startsWith('not whole'))) await wait(5);
        assert.deepEqual(recorder.faults(), []);
        assert.deepEqual(recorder.reached(), reached);
      });
    }
  });
}
