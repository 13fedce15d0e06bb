import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { deferred } from './client.ts';
import { startOctets } from './octet-server.ts';
import { startProxy } from './proxy-server.ts';
import { readStrictly, requestLine } from './strict-http.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What a server of octets got, connection by connection, piece by piece. */
async function startTold(
  answers: () => (octets: string) => string | null,
): Promise<{ to: string; got: string[][]; heard: () => Promise<void> }> {
  const got: string[][] = [];
  let tell = deferred();
  const to = await startOctets((socket) => {
    const pieces: string[] = [];
    got.push(pieces);
    const answer = answers();
    socket.on('data', (chunk: Buffer) => {
      pieces.push(chunk.toString('latin1'));
      const octets = answer(pieces.join(''));
      if (octets !== null) socket.write(octets);
      tell.resolve();
      tell = deferred();
    });
  });
  return { to, got, heard: () => tell.promise };
}

/** `200` once as many requests are whole as were not before. */
function answersWhole(): (octets: string) => string | null {
  let count = 0;
  return (octets) => {
    const { messages, fault } = readStrictly(octets, 'requests');
    if (fault !== null || messages.length === count) return null;
    count = messages.length;
    return ok;
  };
}

describe('the head of a request whose body is still to come', () => {
  for (const [title, method, framing, pieces, line, isKept] of [
    ['with a length', 'POST', 'Content-Length: 4', ['ab', 'cd'], 'POST /late abcd', true],
    [
      'in chunks',
      'POST',
      'Transfer-Encoding: chunked',
      ['2\r\nab\r\n', '2\r\ncd\r\n0\r\n\r\n'],
      'POST /late abcd',
      true,
    ],
    ['in chunks, and empty', 'POST', 'Transfer-Encoding: chunked', ['0\r\n\r\n'], 'POST /late', true],
    ['of GET, in chunks, and empty', 'GET', 'Transfer-Encoding: chunked', ['0\r\n\r\n'], 'GET /late', true],
    ['of DELETE', 'DELETE', 'Content-Length: 2', ['ab'], 'DELETE /late ab', false],
    ['of HEAD', 'HEAD', 'Content-Length: 2', ['ab'], 'HEAD /late ab', false],
  ] as const) {
    it(`goes at once: a body ${title}`, async () => {
      const { to, got, heard } = await startTold(answersWhole);
      const { port, failures } = await startProxy({ upstreams: { api: { to } } });
      const client = net.connect(port, '127.0.0.1');
      let answer = '';
      client.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      const asking = `${method} /late HTTP/1.1\r\nHost: a.test\r\n${framing}\r\nExpect: 100-continue\r\n\r\n`;
      let next = heard();
      client.write(asking);
      await next;
      const head = got[0]?.join('') ?? '';
      assert.match(head, /^[A-Z]+ \/late HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
      assert.doesNotMatch(head, /expect/i);
      for (const piece of pieces) {
        next = heard();
        client.write(piece);
        await next;
      }
      while (!/HTTP\/1\.1 200 /.test(answer)) await wait(5);
      // The next one, with all of it at once, in one piece, wherever it goes.
      answer = '';
      next = heard();
      client.write(`POST /next HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nnext`);
      await next;
      while (!/HTTP\/1\.1 200 /.test(answer)) await wait(5);
      assert.match(got.at(-1)?.at(-1) ?? '', /^POST \/next [^]*\r\n\r\nnext$/);
      const read = got.map((each) => readStrictly(each.join(''), 'requests'));
      assert.deepEqual(
        read.flatMap(({ messages }) => messages.map(requestLine)),
        [line, 'POST /next next'],
      );
      assert.deepEqual(
        read.map(({ fault, rest }) => [fault, rest]),
        got.map(() => [null, '']),
      );
      assert.deepEqual(failures, []);
      assert.equal(got.length, isKept ? 1 : 2);
      client.destroy();
    });
  }

  it('is enough for a refusal, and the client need not send the rest', async () => {
    const { to } = await startTold(() => () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    const { port, failures } = await startProxy({ upstreams: { api: { to } } });
    for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const client = net.connect(port, '127.0.0.1');
      client.write(`POST /early HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n`);
      const [chunk] = (await once(client, 'data')) as [Buffer];
      assert.match(chunk.toString(), /^HTTP\/1\.1 401 [^]*\r\n\r\nno$/);
      client.destroy();
    }
    assert.deepEqual(failures, []);
  });

  it('is enough for an answer to begin: both go on side by side', async () => {
    const { to } = await startTold(() => (octets) => {
      const last = /\r\n(ping \d)$/.exec(octets)?.[1];
      if (last === undefined) return 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
      return `6\r\n${last}\r\n`;
    });
    const { port } = await startProxy({ upstreams: { api: { to } } });
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false });
    request.on('error', () => {});
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(String((await once(response, 'data'))[0]), 'hello');
    for (const ping of ['ping 1', 'ping 2', 'ping 3']) {
      request.write(ping);
      assert.equal(String((await once(response, 'data'))[0]), ping);
    }
    request.destroy();
  });
});
