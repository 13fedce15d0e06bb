import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import type { ConnectionRecord } from '@altname/proxy';
import { testAuthority } from './authority.ts';
import { clientCertificate } from './client-certificate.ts';
import { ask, raw } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startTcpUpstream } from './tcp-upstream.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('db.test', 'a.wild.test', 'own.test');
const front = await authority.issue('api.test');
const own = await clientCertificate();
const database = await startTcpUpstream({
  ...identity,
  requestCert: true,
  ca: own.cert,
  rejectUnauthorized: false,
});
const app = await startUpstream(front, echo);
const db = { to: database.url };
const api = { to: app.url, name: 'api.test', ca: authority.root };

/** What a client of TLS was told until the end. */
async function say(port: number, servername: string, options: tls.ConnectionOptions = {}): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, ca: authority.root, ...options });
  await once(socket, 'secureConnect');
  socket.end('hello');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The code of the error of a handshake. */
async function refusal(port: number, options: tls.ConnectionOptions): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: authority.root, ...options });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? error.message;
}

describe('passthrough', () => {
  const alone = startProxy({
    upstreams: { db },
    routes: [
      { host: 'db.test', tls: 'passthrough', to: 'db' },
      { host: '*.wild.test', tls: 'passthrough', to: 'db' },
    ],
  });
  const mixed = startProxy({
    upstreams: { db, api },
    tls: front,
    routes: [{ host: 'db.test', tls: 'passthrough', to: 'db' }, { to: 'api' }],
  });

  it('goes by the server name, and is verified by the client', async () => {
    const { port, records, connections } = await alone;
    assert.equal(await say(port, 'db.test'), 'db.test: hello');
    assert.equal(await say(port, 'A.Wild.Test'), 'A.Wild.Test: hello');
    const [first] = connections;
    assert.equal(first?.serverName, 'db.test');
    assert.equal(first?.upstream, 'db');
    assert.equal(first?.client, '127.0.0.1');
    assert.equal(first?.problem, null);
    assert.ok((first?.bytesUp ?? 0) > 200 && (first?.bytesDown ?? 0) > 500, JSON.stringify(first));
    assert.deepEqual(records, []);
  });

  it('refuses a name that no route is for, and a missing one, with an alert', async () => {
    const { port, connections } = await alone;
    const refused = (): ConnectionRecord[] => connections.filter(({ alert }) => alert !== null);
    const before = refused().length;
    assert.equal(await refusal(port, { servername: 'x.test' }), 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    assert.equal(await refusal(port, { servername: 'a.b.wild.test' }), 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    assert.match(await refusal(port, {}), /MISSING_EXTENSION|ALERT_NUMBER_109/i);
    assert.deepEqual(
      // One that was passed through may be told of late.
      refused()
        .slice(before)
        .map(({ alert, problem }) => [alert, problem]),
      [
        [112, 'no route'],
        [112, 'no route'],
        [109, 'no server name'],
      ],
    );
  });

  it('stands beside routes where TLS ends, on one port', async () => {
    const { port, records } = await mixed;
    assert.equal(await say(port, 'db.test'), 'db.test: hello');
    const answer = await ask({
      port,
      ca: authority.root,
      servername: 'api.test',
      headers: { host: 'api.test' },
    });
    assert.equal(answer.status, 200);
    assert.equal(records.length, 1);
  });

  it('answers plain HTTP with 400, and what is neither with an alert', async () => {
    const { port } = await mixed;
    assert.match(
      await raw(port, 'GET / HTTP/1.1\r\nHost: db.test\r\n\r\n'),
      /^HTTP\/1\.1 400 Bad Request\r\n/,
    );
    assert.equal(await raw(port, '\x80\x2e\x01\x03\x01'), '\x15\x03\x03\x00\x02\x02\x46');
    assert.equal(await raw(port, '\0\0\0\0'), '\x15\x03\x03\x00\x02\x02\x0a');
  });

  it('hands client certificates through', async () => {
    const { port } = await alone;
    assert.equal(await say(port, 'db.test', own), 'db.test: hello from proxy');
  });

  it('hands sessions through, which are resumed', async () => {
    const { port } = await alone;
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const options = { port, host: '127.0.0.1', servername: 'db.test', ca: authority.root, maxVersion };
      const first = tls.connect(options);
      let session: Buffer | undefined;
      first.on('session', (given: Buffer) => (session = given));
      await once(first, 'secureConnect');
      first.end('x').resume();
      await once(first, 'close');
      assert.ok(session);
      const again = tls.connect({ ...options, session });
      await once(again, 'secureConnect');
      assert.equal(again.isSessionReused(), true);
      again.end('x').resume();
      await once(again, 'close');
    }
  });

  it('tells the operator of an upstream that is not there, and the client with an alert', async () => {
    const gone = net.createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port: nobody } = gone.address() as AddressInfo;
    gone.close();
    const { port, failures, connections } = await startProxy({
      upstreams: { db: { to: `tcp://127.0.0.1:${nobody}` } },
      routes: [{ tls: 'passthrough', to: 'db' }],
    });
    assert.match(await refusal(port, { servername: 'db.test' }), /INTERNAL_ERROR/);
    assert.equal(failures[0]?.error.code, 'ECONNREFUSED');
    assert.equal(failures[0]?.upstream, 'db');
    assert.equal(connections[0]?.alert, 80);
    assert.equal(connections[0]?.problem, 'ECONNREFUSED');
    assert.equal(failures[0]?.requestId, connections[0]?.connectionId);
  });
});
