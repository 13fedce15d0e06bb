import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { Diagnosis } from '@altname/core';
import { program, runWatched } from './preload-program.ts';

// Handshakes that end before a certificate came. Node lets go of the socket before it tells the program.

/** What a server does with the first octets of a client, and the cause that is found. */
const ends: readonly (readonly [title: string, end: (socket: Socket) => void, cause: string])[] = [
  // On loopback it could be there before `tls.connect` returns; then nobody knows any more whence it came.
  ['a reset', (socket) => void setTimeout(() => socket.resetAndDestroy(), 30), 'reset'],
  ['an end', (socket) => socket.end(), 'reset'],
  ['plain HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'not-tls'],
  ['alert 112', (socket) => socket.end(Buffer.from('15030300020270', 'hex')), 'sni-refused'],
];

const clients: Readonly<Record<string, string>> = {
  https: `require('https').get({ host: 'localhost', port: PORT, agent: false }).on('error', done);`,
  tls: `require('tls').connect({ host: 'localhost', port: PORT, servername: 'localhost' }).on('error', done);`,
  fetch: `fetch('https://localhost:' + PORT).catch(done);`,
  'tls over a socket that stands': `const tcp = require('net').connect(PORT, 'localhost', () => require('tls').connect({ socket: tcp, servername: 'localhost' }).on('error', done));`,
};

describe('a handshake that is ended by', () => {
  for (const [title, end, cause] of ends) {
    for (const [client, body] of Object.entries(clients)) {
      it(`${title}, with ${client}`, async () => {
        const server = createServer((socket) => {
          socket.on('error', () => {});
          socket.once('data', () => end(socket));
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        const file = program(`const { PORT } = process.env;\nconst done = () => {};\n${body}`);
        const { stderr } = await runWatched(file, {
          env: { PORT: String(port), ALTNAME_REPORTER: 'json' },
        });
        server.close();
        const told = JSON.parse(stderr) as Diagnosis;
        assert.equal(told.cause?.code, cause);
        assert.deepEqual([told.names.dialled.address, told.names.dialled.port], ['127.0.0.1', port]);
        assert.match(told.app?.callSite ?? '', /program-\d+\.cjs:3:/);
      });
    }
  }
});
