import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { tolerate } from '@altname/client';
import { openAuthority } from '@altname/certs';
import { createProxy } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { clientCertificate } from './client-certificate.ts';
import { ask } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const upstream = await startUpstream(identity, echo);
const api = { to: upstream.url, name: 'api.test', ca: authority.root };

describe('certificates in front', () => {
  it('of a directory, by server name', async () => {
    const dir = await scratch();
    for (const name of ['a.test', 'b.test']) {
      const { cert, key } = await authority.issue(name);
      await Promise.all([
        writeFile(join(dir, `${name}.pem`), cert),
        writeFile(join(dir, `${name}.key`), key),
      ]);
    }
    const { port } = await startProxy({ upstreams: { api }, tls: { dir } });
    for (const name of ['a.test', 'b.test']) {
      const options = { port, ca: authority.root, servername: name, headers: { host: name } };
      assert.equal((await ask(options)).status, 200);
    }
    const coalesced = { port, ca: authority.root, servername: 'a.test', headers: { host: 'b.test' } };
    assert.equal((await ask(coalesced)).status, 421, 'the certificate of a.test does not carry b.test');
    await assert.rejects(ask({ ...coalesced, servername: 'c.test' }));
  });

  it('for development', async () => {
    const before = process.env['ALTNAME_CA_DIR'];
    const dir = (process.env['ALTNAME_CA_DIR'] = await scratch());
    const { certificate } = await openAuthority(dir);
    const { port } = await startProxy({
      upstreams: { api },
      tls: { development: true, names: ['app.test'] },
    });
    if (before === undefined) delete process.env['ALTNAME_CA_DIR'];
    else process.env['ALTNAME_CA_DIR'] = before;
    for (const name of ['localhost', 'app.test']) {
      const options = { port, ca: certificate, servername: name, headers: { host: name } };
      assert.equal((await ask(options)).status, 200);
    }
  });
});

describe('a client in front of TLS', () => {
  const secure = startProxy({ upstreams: { api }, tls: identity, timeouts: { head: 300 } });
  const speak = async (octets: string): Promise<string> => {
    const options = {
      port: (await secure).port,
      host: '127.0.0.1',
      servername: 'api.test',
      ca: authority.root,
    };
    const socket = tls.connect(options, () => socket.write(octets));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).setTimeout(4000, () => socket.destroy());
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  };

  it('that mixes both lengths is refused', async () => {
    const head =
      'POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(
      await speak(`${head}0\r\n\r\nGET / HTTP/1.1\r\nHost: api.test\r\n\r\n`),
      /^HTTP\/1\.1 400 [^]*$/,
    );
  });

  it('that takes its time for the head gets 408', async () => {
    assert.match(await speak('GET / HTTP/1.1\r\nHost: api.test\r\nX: '), /^HTTP\/1\.1 408 /);
  });

  it('that names no host is refused', async () => {
    assert.match(await speak('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  it('that begins no handshake is left', async () => {
    const socket = net.connect((await secure).port, '127.0.0.1');
    await once(socket, 'close');
  });
});

describe('an upstream', () => {
  it('that sends what cannot be handed on is 502, and a callback that throws ends nothing', async () => {
    const bad = https.createServer(identity);
    bad.on('request', (request) => {
      request.socket.end('HTTP/1.1 200 OK\r\nX-Bad: a\x01b\r\nContent-Length: 0\r\n\r\n');
    });
    bad.listen(0, '127.0.0.1');
    await once(bad, 'listening');
    const to = `https://127.0.0.1:${(bad.address() as AddressInfo).port}`;
    const warned = once(process, 'warning');
    const proxy = createProxy({
      listen: '127.0.0.1:0',
      upstreams: { api: { ...api, to } },
      onFailure: () => {
        throw new Error('a fault of the callback');
      },
    });
    const { port } = await proxy.listen();
    assert.equal((await ask({ port })).status, 502);
    assert.equal(((await warned) as [Error])[0].message, 'a fault of the callback');
    await proxy.close();
    bad.close();
    bad.closeAllConnections();
  });

  it('one named fault is tolerated in development, and no other', async () => {
    const deep = await startUpstream(await authority.issue('*.api.test'), echo);
    const fault = { until: '2100-01-01', where: 'development', reason: 'a test' } as const;
    const name = 'a.b.api.test';
    const depth = {
      ...api,
      to: deep.url,
      name,
      tolerate: tolerate({ ...fault, cause: 'wildcard-depth', name }),
    };
    const { port } = await startProxy({ upstreams: { api: depth } });
    assert.equal((await ask({ port })).status, 200);
    const other = await startProxy({ upstreams: { api: { ...depth, to: upstream.url } } });
    assert.equal((await ask({ port: other.port })).status, 502);
  });

  it('that asks for a certificate is shown that of the configuration', async () => {
    const own = await clientCertificate();
    const { url } = await startUpstream({ ...identity, requestCert: true, ca: own.cert }, echo);
    const withOwn = await startProxy({ upstreams: { api: { ...api, to: url, ...own } } });
    assert.equal((await ask({ port: withOwn.port })).status, 200);
    const without = await startProxy({ upstreams: { api: { ...api, to: url } } });
    assert.equal((await ask({ port: without.port })).status, 502);
    assert.match(without.failures[0]?.error.code ?? '', /ERR_SSL|ECONNRESET|UND_ERR_SOCKET/);
  });
});
