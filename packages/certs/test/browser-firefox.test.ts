import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { issueLeaf, openAuthority, parseWantedName } from '@altname/certs';
import { otherLine } from './browser-line.ts';
import { Thief } from './forgery.ts';
import { scratch } from './scratch.ts';

// Firefox with a profile of its own, into whose store the CA has come as `altname cert trust` puts it there. A page was
// opened when its request came: a browser sends none to a server that it does not trust.

const dir = await scratch();
const authority = await openAuthority(join(dir, 'ca-dir'));
const thief = new Thief(authority);
const home = join(dir, 'home');
const profile = join(home, 'profile');
const skip = otherLine() || missing();

describe('Firefox', { skip }, () => {
  it('opens a page over the made certificate', async () => {
    const leaf = await issueLeaf(authority, ['localhost', '*.app.test'].map(parseWantedName));
    assert.equal(await opens('x.app.test', leaf.chain, leaf.key), true);
  });

  it('does not for google.com, signed with the key of the CA', async () => {
    const { chain, key } = await thief.leaf({ dns: ['google.com'] });
    assert.equal(await opens('google.com', chain, key), false);
  });

  it('does not for *.google.com as the common name', async () => {
    const { chain, key } = await thief.leaf({ commonName: '*.google.com' });
    assert.equal(await opens('www.google.com', chain, key), false);
  });
});

async function opens(name: string, cert: string, key: string): Promise<boolean> {
  await makeProfile();
  let isOpened = false;
  const server = https.createServer({ cert, key }, (_request, response) => {
    isOpened = true;
    response.end('<p>served</p>');
  });
  let handshakes = 0;
  server.on('tlsClientError', () => handshakes++).on('secureConnection', () => handshakes++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const words = ['--headless', '--no-remote', '--profile', profile, '--screenshot', join(dir, 'page.png')];
  const env = { ...process.env, HOME: home, MOZ_HEADLESS: '1' };
  const firefox = spawn('firefox-esr', [...words, `https://${name}:${port}/`], { env, stdio: 'ignore' });
  // It waits for a page that it does not open.
  const late = setTimeout(() => firefox.kill('SIGKILL'), 20_000);
  after(() => firefox.kill('SIGKILL'));
  await once(firefox, 'exit');
  clearTimeout(late);
  server.closeAllConnections();
  server.close();
  assert.ok(handshakes > 0, 'Firefox has not come to the server');
  return isOpened;
}

async function makeProfile(): Promise<void> {
  await mkdir(profile, { recursive: true });
  const at = ['-d', `sql:${profile}`];
  if (!spawnSync('certutil', ['-L', ...at], { encoding: 'utf8' }).stdout.includes('altname')) {
    execFileSync('certutil', ['-N', ...at, '--empty-password']);
    execFileSync('certutil', ['-A', ...at, '-n', 'altname', '-t', 'C,,', '-i', authority.browserFile]);
  }
  // Every name leads to this machine: nothing that Firefox looks for by itself leaves it.
  await writeFile(
    join(profile, 'user.js'),
    'user_pref("network.dns.forceResolve", "127.0.0.1");\nuser_pref("network.proxy.type", 0);\n',
  );
}

function missing(): string | false {
  const programs = { 'firefox-esr': 'firefox-esr', certutil: 'libnss3-tools' };
  for (const [program, debian] of Object.entries(programs)) {
    if (spawnSync(program, ['--version']).error === undefined) continue;
    if (process.env['CI'] === 'true')
      throw new Error(`${program} is missing: the Debian package ${debian} is expected in CI`);
    return `the Debian package ${debian} would enable it`;
  }
  return false;
}
