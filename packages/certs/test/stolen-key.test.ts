import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { issueLeaf, openAuthority, parseWantedName } from '@altname/certs';
import { Thief, type Forged } from './forgery.ts';
import { scratch } from './scratch.ts';
import { serve } from './tls-server.ts';
import { absent, verifiers } from './verifiers.ts';

// What somebody can do who has stolen everything in the directory of the CA, to those who trust its root.

const dir = await scratch();
const authority = await openAuthority(join(dir, 'ca-dir'));
const thief = new Thief(authority);

/** For whom the thief wants to be taken, and how. */
const attempts: Readonly<Record<string, readonly [name: string, forge: () => Promise<Forged>]>> = {
  'a leaf for google.com': ['google.com', () => thief.leaf({ dns: ['google.com'] })],
  'a leaf for *.google.com': ['mail.google.com', () => thief.leaf({ dns: ['*.google.com'] })],
  'a leaf for google.com beside localhost': [
    'google.com',
    () => thief.leaf({ dns: ['localhost', 'google.com'] }),
  ],
  'the same, asked for as localhost': ['localhost', () => thief.leaf({ dns: ['localhost', 'google.com'] })],
  'google.com as the common name': ['google.com', () => thief.leaf({ commonName: 'google.com' })],
  'a wildcard as the common name': ['www.google.com', () => thief.leaf({ commonName: '*.google.com' })],
  'a common name with a dot at its end': [
    'www.google.com',
    () => thief.leaf({ commonName: 'www.google.com.' }),
  ],
  'the same, of two labels': ['google.com', () => thief.leaf({ commonName: 'google.com.' })],
  'part of a label as the common name': ['www.google.com', () => thief.leaf({ commonName: 'w*.google.com' })],
  'a common name of one label': ['intranet', () => thief.leaf({ commonName: 'intranet' })],
  'a common name beside a permitted address': [
    'www.google.com',
    () => thief.leaf({ commonName: '*.google.com', ip: ['127.0.0.1'] }),
  ],
  'a common name beside a permitted name': [
    'www.google.com',
    () => thief.leaf({ commonName: '*.google.com', dns: ['localhost'] }),
  ],
  'a common name beside an email address': [
    'www.google.com',
    () => thief.leaf({ commonName: '*.google.com', email: ['a@google.com'] }),
  ],
  'a common name below a CA that has the name of the issuer': [
    'www.google.com',
    () => thief.leafBelowNamesake({ commonName: '*.google.com' }),
  ],
  'google.com below a CA that has the name of the issuer': [
    'google.com',
    () => thief.leafBelowNamesake({ dns: ['google.com'] }),
  ],
  'every name': ['google.com', () => thief.leaf({ dns: ['*'] })],
  'a name with a dot at its end': ['google.com', () => thief.leaf({ dns: ['google.com.'] })],
  'a name with a dot in front': ['www.google.com', () => thief.leaf({ dns: ['.google.com'] })],
  'an address as a DNS name': ['8.8.8.8', () => thief.leaf({ dns: ['8.8.8.8'] })],
  'a name that only ends like a permitted one': [
    'evil-localhost',
    () => thief.leaf({ dns: ['evil-localhost'] }),
  ],
  'an address of somebody else': ['8.8.8.8', () => thief.leaf({ ip: ['8.8.8.8'] })],
  'an IPv6 address of somebody else': [
    '2001:4860:4860::8888',
    () => thief.leaf({ ip: ['2001:4860:4860::8888'] }),
  ],
  'a CA of one’s own below the issuer': [
    'google.com',
    () => thief.leafBelowOwnAuthority({ dns: ['google.com'] }),
  ],
  'the same, for a permitted name': ['localhost', () => thief.leafBelowOwnAuthority({ dns: ['localhost'] })],
  'the issuer copied without its constraints': [
    'google.com',
    () => thief.leafBelowCopiedIssuer({ dns: ['google.com'] }),
  ],
};

for (const verifier of verifiers) {
  const skip = absent(verifier);
  describe(`${verifier.name} refuses, though it trusts the root:`, { skip }, () => {
    for (const [what, [name, forge]] of Object.entries(attempts)) {
      it(what, async () => {
        const { chain, key } = await forge();
        const port = await serve({ cert: chain, key });
        const refusal = await verifier.verify({ port, name, root: authority.certificate, dir });
        assert.ok(refusal !== null, `${verifier.name} has accepted ${what}`);
        // It was the certificate that it did not like, and not that nobody was there.
        assert.doesNotMatch(refusal, /refused|ECONN|resolve|timed out|Timeout/i);
      });
    }

    it('and accepts what the CA may sign for, whoever signs it', async () => {
      const honest = await issueLeaf(
        authority,
        ['localhost', '127.0.0.1', '::1', '*.app.test'].map(parseWantedName),
      );
      const stolen = await thief.leaf({ dns: ['localhost', '*.app.test'], ip: ['127.0.0.1', '::1'] });
      for (const { chain, key } of [honest, stolen]) {
        const port = await serve({ cert: chain, key });
        for (const name of ['localhost', 'x.app.test', '127.0.0.1', '::1']) {
          if (verifier.cannot?.(name) === true) continue;
          assert.equal(await verifier.verify({ port, name, root: authority.certificate, dir }), null, name);
        }
      }
    });
  });
}

describe('a leaf of the thief', () => {
  it('is nobody’s client certificate', async () => {
    const forged = await thief.leaf({ dns: ['localhost'], usage: 'clientAuth' });
    const leaf = await issueLeaf(authority, [parseWantedName('localhost')]);
    // The server says what it thinks of the client's certificate, in place of hanging up.
    const server = https.createServer(
      {
        cert: leaf.chain,
        key: leaf.key,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: false,
      },
      ({ socket }, response) => response.end(String((socket as TLSSocket).authorizationError)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const options = {
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      ca: authority.certificate,
      agent: false,
    };
    const said = await new Promise<string>((resolve, reject) => {
      const asked = https.get({ ...options, cert: forged.chain, key: forged.key }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      asked.once('error', reject);
    });
    server.close();
    assert.equal(said, 'INVALID_PURPOSE');
  });

  for (const purpose of ['sslclient', 'smimesign', 'smimeencrypt', 'timestampsign']) {
    it(
      `is refused for the purpose ${purpose}`,
      { skip: absent({ name: '', needs: ['openssl', 'openssl'], verify: async () => null }) },
      async () => {
        const usage =
          purpose === 'sslclient'
            ? 'clientAuth'
            : purpose === 'timestampsign'
              ? 'timeStamping'
              : 'emailProtection';
        const { chain } = await thief.leaf({ dns: ['localhost'], usage });
        const file = join(dir, `${purpose}.pem`);
        await writeFile(file, chain);
        await writeFile(join(dir, 'root.pem'), authority.certificate);
        const { status, stderr } = spawnSync(
          'openssl',
          ['verify', '-purpose', purpose, '-CAfile', join(dir, 'root.pem'), '-untrusted', file, file],
          { encoding: 'utf8' },
        );
        assert.notEqual(status, 0);
        assert.match(stderr, /un(?:supported|suitable) certificate purpose/);
      },
    );
  }
});
