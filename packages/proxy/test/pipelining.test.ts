import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { deferred, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startRecorder } from './recorder.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('requests that come at once', () => {
  it('are begun one after the other', async () => {
    const hold = deferred();
    const recorder = await startRecorder(identity, (line, socket) => {
      if (line === 'GET /b') return ok;
      void hold.promise.then(() => socket.write(ok));
      return null;
    });
    const { port } = await startProxy({ upstreams: { api: { to: recorder.url, name: 'api.test', ca } } });
    const answer = raw(
      port,
      'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n',
      5000,
    );
    while (recorder.reached().length === 0) await wait(5);
    await wait(100);
    assert.deepEqual(recorder.reached(), ['POST /a x']);
    hold.resolve();
    assert.equal((await answer).split('HTTP/1.1 200').length, 3);
    assert.deepEqual(recorder.reached(), ['POST /a x', 'GET /b']);
  });

  for (const behind of [
    'GET /up HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n',
    'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n',
  ]) {
    it(`${behind.split(' ')[0] ?? ''} behind a request without its answer ends the connection, and no more`, async () => {
      const recorder = await startRecorder(identity, () => null);
      const server = await startProxy({ upstreams: { api: { to: recorder.url, name: 'api.test', ca } } });
      const begin = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n';
      assert.equal(await raw(server.port, `${begin}${behind}`, 5000), '');
      assert.match(
        await raw(server.port, 'TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n', 5000),
        /^HTTP\/1\.1 405 /,
      );
      assert.deepEqual(
        recorder.reached().filter((line) => line !== 'GET /a'),
        [],
      );
    });
  }
});
