import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask } from './client.ts';
import { data, frame, headers, type, type FieldList } from './http2-frames.ts';
import { startOctets } from './octet-server.ts';
import { startProxy } from './proxy-server.ts';

/** A server of HTTP/2 that answers every request with these fields, and leaves it open; it ends when it is told GOAWAY. */
async function startFields(fields: FieldList): Promise<string> {
  return startOctets((socket) => {
    let octets = Buffer.alloc(0);
    let at = 24;
    socket.write(frame(type.settings, 0, 0));
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= at + 9 && octets.length >= at + 9 + octets.readUIntBE(at, 3)) {
        const [kind, stream] = [octets[at + 3], octets.readUInt32BE(at + 5)];
        at += 9 + octets.readUIntBE(at, 3);
        if (kind === type.goaway) socket.destroy();
        if (kind === type.headers)
          socket.write(Buffer.concat([headers(stream, fields, 0), data(stream, 'ab', 0)]));
      }
    });
  });
}

describe('a head that an upstream of HTTP/2 may not send is 502 at once', () => {
  const many = (count: number, length: number): FieldList => [
    [':status', '200'],
    ...Array.from({ length: count }, (_, at) => [`x-${at}`, 'x'.repeat(length)] as const),
  ];
  for (const [title, fields] of [
    ['status 099', [[':status', '099']]],
    ['status 101, which HTTP/2 has not', [[':status', '101']]],
    ['no status', [['x', 'y']]],
    ['a status that is no number', [[':status', 'abc']]],
    ['300 KB in one field', many(1, 300_000)],
    ['300 KB in 300 fields', many(300, 1000)],
    ['3000 fields', many(3000, 1)],
  ] as const) {
    // Node 20 reads nothing more of such a connection, and tells nobody: timeouts.answer ends the request.
    const isUntold = title === '300 KB in one field' && process.versions.node.startsWith('20.');
    it(title, async () => {
      const to = await startFields(fields);
      const { port, failures } = await startProxy({
        upstreams: { api: { to, protocol: 'http2', retries: 0 } },
        timeouts: { answer: isUntold ? 500 : 5000 },
      });
      assert.equal((await ask({ port })).status, isUntold ? 504 : 502);
      if (!isUntold) assert.notEqual(failures[0]?.error.code, 'UND_ERR_HEADERS_TIMEOUT');
    });
  }
});
