import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { connect, createServer as createTlsServer, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { check, explainError, type Diagnosis, type Fix } from '@altname/core';
import { startEstate, type RunningServer } from '../src/estate.ts';
import { examine } from '../src/examine.ts';
import { startNode } from '../src/recipes/child.ts';

const estate = await startEstate();
const folder = await mkdtemp(join(tmpdir(), 'altname-fixes-'));
after(async () => {
  await estate.close();
  await rm(folder, { recursive: true, force: true });
});

interface Printed {
  readonly server: RunningServer;
  readonly diagnosis: Diagnosis;
  readonly fix: Fix;
}

const printed: Printed[] = [];
for (const server of estate.servers) {
  if (server.unavailable !== null) continue;
  const diagnosis = await examine(server);
  for (const fix of diagnosis.fixes) printed.push({ server, diagnosis, fix });
}

const weakens =
  /rejectUnauthorized|REJECT_UNAUTHORIZED|checkServerIdentity:\s*\(\)|strictSSL|--insecure|\bcurl\b.*\s-k\b|verify[_-]?none/i;

describe('the fixes printed for the estate', () => {
  it('never weaken verification', () => {
    assert.ok(printed.length > 100, `${printed.length} fixes`);
    for (const { server, fix } of printed) {
      for (const text of [fix.title, fix.code ?? '', fix.condition ?? '']) {
        assert.doesNotMatch(text, weakens, `${server.declaration.name}: ${fix.title}`);
      }
    }
  });

  it('rest on a name from the certificate only under a condition', () => {
    for (const { server, diagnosis, fix } of printed) {
      if (fix.who !== 'client' || fix.condition !== null) continue;
      const { asked, sent, checked, dialled, host } = diagnosis.names;
      const own = [asked.value, sent.value, checked.value, host.value, dialled.host, ...dialled.cnames];
      const strangers = (diagnosis.names.presented?.dns ?? []).filter(
        (name) => !name.startsWith('*.') && !own.some((each) => each?.toLowerCase().includes(name) === true),
      );
      for (const name of strangers) {
        assert.ok(
          !`${fix.title}\n${fix.code ?? ''}`.includes(name),
          `${server.declaration.name}: ${fix.title}`,
        );
      }
    }
  });
});

describe('the commands for a development certificate', () => {
  for (const { server, fix } of printed) {
    if (fix.code?.startsWith('openssl ') !== true) continue;
    it(`${server.declaration.name}: makes one that is accepted`, async (t) => {
      const dir = await mkdtemp(join(folder, 'openssl-'));
      try {
        await promisify(execFile)('sh', ['-c', fix.code ?? ''], { cwd: dir });
      } catch (error) {
        const isMissing = (error as { code?: unknown }).code === 127;
        if (!isMissing || process.env['CI'] !== undefined) throw error;
        t.skip('openssl is not installed; the Debian package openssl would enable this test');
        return;
      }
      const [key, cert] = await Promise.all(
        ['key.pem', 'cert.pem'].map(async (file) => await readFile(join(dir, file), 'utf8')),
      );
      const mended = createServer({ key, cert });
      await new Promise<void>((resolve) => {
        mended.listen(0, server.address, resolve);
      });
      const { port } = mended.address() as AddressInfo;
      const target = server.target.replace(String(server.port), String(port));
      const diagnosis = await check(target, { ...server.options, ca: cert ?? '' });
      mended.close();
      if (diagnosis.cause?.code === 'refused-only-by-this-node') {
        t.skip(`Node ${process.version} never matches an IPv6 address; RFC 9525 accepts this one`);
        return;
      }
      assert.deepEqual(
        {
          verdict: diagnosis.verdict,
          errors: diagnosis.findings.filter(({ severity }) => severity === 'error'),
        },
        { verdict: 'accepted', errors: [] },
      );
    });
  }
});

describe('the code that is certain, for the neutral Node form', () => {
  const runnable = printed.filter(
    ({ fix, server, diagnosis }) =>
      fix.code?.startsWith('import ') === true &&
      fix.sure === 'certain' &&
      server.options.client === undefined &&
      diagnosis.names.dialled.host === diagnosis.names.dialled.address,
  );

  it('is there for the causes that the client makes itself', () => {
    const causes = new Set(runnable.map(({ diagnosis }) => diagnosis.cause?.code));
    for (const code of ['sni-not-sent', 'sni-from-host-header', 'sni-not-normal', 'sni-required'] as const) {
      assert.ok(causes.has(code), code);
    }
  });

  for (const { server, fix } of runnable) {
    it(`${server.declaration.name}: ${fix.title}: gets an answer from that very server`, async () => {
      const name = server.declaration.name.replaceAll(':', '-');
      const [script, ca] = [join(folder, `${name}.mjs`), join(folder, `${name}.pem`)];
      await Promise.all([writeFile(script, fix.code ?? ''), writeFile(ca, server.options.ca ?? '')]);
      const { code, stdout, stderr } = await startNode([script], ca, 10_000).ended;
      assert.deepEqual({ code, stdout: stdout.trim(), stderr }, { code: 0, stdout: '200', stderr: '' });
    });
  }
});

describe('what only a title says, done as it says, with verification on', () => {
  const host = 'www.shop.test';
  const verifying = (): ConnectionOptions => ({ servername: host, ca: estate.world.authorities.root.cert });

  it('send the whole chain: the certificate of the server followed by that of its issuer', async () => {
    const { server, fix } = printedFor('intermediate-missing', 'server');
    const issuer =
      /^send the whole chain: the server's certificate followed by that of (.+) \(fullchain\.pem\)$/.exec(
        fix.title,
      )?.[1];
    const { issuing } = estate.world.authorities;
    assert.deepEqual(
      issuer?.split(', ').toSorted(),
      new X509Certificate(issuing.cert).subject.split('\n').toSorted(),
    );
    const { cert, key } = await issuing.issue({ names: [host] });
    const refused = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    assert.equal(await reach(server, verifying()), refused);
    assert.equal(await reachNew({ key, cert }, verifying()), refused);
    assert.match(await reachNew({ key, cert: cert + issuing.cert }, verifying()), /^TLSv1\.3 authorized$/);
  });

  it('take minVersion and maxVersion out of the options', async () => {
    const { server, fix } = printedFor('protocol-version:client', 'client');
    assert.match(fix.title, /if the client limits its versions, remove minVersion and maxVersion/);
    assert.match(await reach(server, { ...verifying(), minVersion: 'TLSv1.3' }), /PROTOCOL_VERSION/);
    assert.equal(await reach(server, verifying()), 'TLSv1.2 authorized');
  });

  it('take out versions that leave none to offer', async () => {
    const { server } = printedFor('protocol-version:client', 'client');
    const versions = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } as const;
    const code = await reach(server, { ...verifying(), ...versions });
    assert.equal(code, 'ERR_SSL_NO_PROTOCOLS_AVAILABLE');
    const { cause, fixes } = explained(Object.assign(new Error(code), { code }));
    assert.match(cause?.message ?? '', /leave it no TLS version to offer/);
    assert.deepEqual([fixes[0]?.who, fixes[0]?.sure], ['client', 'certain']);
    assert.match(fixes[0]?.title ?? '', /^remove minVersion and maxVersion/);
    assert.equal(await reach(server, verifying()), 'TLSv1.2 authorized');
  });

  it('enable TLS 1.2 and TLS 1.3 on the server', async () => {
    const { server, fix } = printedFor('protocol-version', 'server');
    assert.equal(fix.title, 'enable TLS 1.2 and TLS 1.3 on the server');
    assert.match(await reach(server, verifying()), /PROTOCOL/);
    const { cert, key } = await estate.world.authorities.root.issue({ names: [host] });
    const [old, both] = [{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, { maxVersion: 'TLSv1.3' }] as const;
    const ciphers = 'DEFAULT:@SECLEVEL=0';
    assert.match(await reachNew({ key, cert, ciphers, ...old }, verifying()), /PROTOCOL/);
    assert.equal(await reachNew({ key, cert, ciphers, ...both }, verifying()), 'TLSv1.3 authorized');
    const until12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
    assert.equal(
      await reachNew({ key, cert, ciphers, ...both }, { ...verifying(), ...until12 }),
      'TLSv1.2 authorized',
    );
  });
});

function explained(error: Error): Diagnosis {
  return explainError(error, { client: 'tls', asked: 'www.shop.test:443' }) ?? assert.fail(error.message);
}

function printedFor(name: string, who: Fix['who']): Printed {
  const found = printed.find(({ server, fix }) => server.declaration.name === name && fix.who === who);
  return found ?? assert.fail(`no fix for the ${who} of ${name}`);
}

/** The version that was agreed on, and that the server was verified; else the code of the error. */
async function reach({ address, port }: { address: string; port: number }, options: ConnectionOptions) {
  return await new Promise<string>((resolve) => {
    const socket = connect({ host: address, port, ...options });
    socket.on('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.authorized ? 'authorized' : 'unverified'}`);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** The same of a server that is started for it. */
async function reachNew(serving: TlsOptions, options: ConnectionOptions): Promise<string> {
  const server = createTlsServer(serving);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await reach({ address: '127.0.0.1', port: (server.address() as AddressInfo).port }, options);
  } finally {
    server.close();
  }
}
