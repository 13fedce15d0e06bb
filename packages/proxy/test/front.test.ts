import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tolerate } from '@altname/client';
import { openAuthority } from '@altname/certs';
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

describe('an upstream', () => {
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
