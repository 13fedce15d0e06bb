import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { issueLeaf } from '../src/leaf/issue-leaf.ts';
import { nodeExtraRoots } from '../src/trust/node-extra-roots.ts';
import { nodeSystemRoots } from '../src/trust/node-roots.ts';
import { nodeSettings, type NodeSettingPlace } from '../src/trust/node-settings.ts';
import { cleanEnv, lacking, makePlace, type Place } from './trust-fixture.ts';

// The settings are run as they are printed, with a Node that asks a server of the CA.

const node = process.execPath;
const script = `require('node:https')
  .get('https://127.0.0.1:' + process.env.PORT, (response) => response.resume())
  .on('response', () => console.log('trusted'))
  .on('error', (error) => console.log(error.code));`;
const refused = /UNABLE_TO_GET_ISSUER_CERT_LOCALLY/;

describe('the settings of Node', () => {
  let place: Place;
  let other: Place;
  let server: Server;
  before(async () => {
    [place, other] = [await makePlace(), await makePlace()];
    const leaf = await issueLeaf(place.authority, [{ kind: 'ip', value: '127.0.0.1' }]);
    server = createServer({ cert: leaf.chain, key: leaf.key }, (_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    [place, other].forEach((each) => each.remove());
  });

  /** Runs a program to its end: its first line is what Node said. */
  const say = async (
    argv: readonly string[],
    given: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const env = cleanEnv({ PORT: String(port), SCRIPT: script, NODE: node, ...given });
    const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (said += text));
    await once(child, 'close');
    return said.trim();
  };
  const text = (at: NodeSettingPlace, extra = ''): string => {
    const roots = nodeExtraRoots(place.root, { NODE_EXTRA_CA_CERTS: extra });
    return nodeSettings(place.root, roots).find(({ place: each }) => each === at)?.text ?? '';
  };

  it('without any, Node refuses', async () => {
    assert.match(await say([node, '-e', script]), refused);
  });

  it('work in a shell', async () => {
    assert.equal(await say(['sh', '-c', `${text('sh')}\n"$NODE" -e "$SCRIPT"`]), 'trusted');
  });

  it('work in fish', { skip: lacking({ fish: 'fish' }) }, async () => {
    const home = { HOME: place.dir, XDG_CONFIG_HOME: place.dir, XDG_DATA_HOME: place.dir };
    assert.equal(await say(['fish', '-c', `${text('fish')}\n$NODE -e "$SCRIPT"`], home), 'trusted');
    assert.equal(await say(['fish', '-c', '$NODE -e "$SCRIPT"'], home), 'trusted', 'once is for good');
  });

  it('work from a .env that is read before Node starts, and not from one that Node reads', async () => {
    const file = join(place.dir, 'before.env');
    writeFileSync(file, `${text('env-file')}\n`);
    assert.match(await say([node, `--env-file=${file}`, '-e', script]), refused);
    assert.match(await say([node, '-e', `process.loadEnvFile(${JSON.stringify(file)});${script}`]), refused);
    // What docker compose and the like do: each line is a variable as it stands.
    const [name = '', value = ''] = readFileSync(file, 'utf8').trim().split(/=(.*)/s);
    assert.equal(await say([node, '-e', script], { [name]: value }), 'trusted');
  });

  it('keep the roots that NODE_EXTRA_CA_CERTS has: both go into one file', async () => {
    const setting = text('sh', other.root.file);
    assert.match(setting, /^cat '.*' '.*' > '.*'\nexport /);
    const joined = join(place.authority.dir, 'node-extra-ca.pem');
    assert.equal(await say(['sh', '-c', `${setting}\n"$NODE" -e "$SCRIPT"`]), 'trusted');
    assert.ok(readFileSync(joined, 'latin1').includes(other.root.pem));
    assert.deepEqual(nodeExtraRoots(place.root, { NODE_EXTRA_CA_CERTS: joined }), {
      state: 'this',
      file: joined,
    });
    assert.ok(!text('sh', joined).includes('cat '));
  });

  it('know what NODE_EXTRA_CA_CERTS names', () => {
    const state = (file: string): string => nodeExtraRoots(place.root, { NODE_EXTRA_CA_CERTS: file }).state;
    assert.equal(state(''), 'unset');
    assert.equal(state(place.root.file), 'this');
    assert.equal(state(other.root.file), 'other');
    assert.equal(state(join(place.dir, 'nothing')), 'unread');
  });

  it('are YAML and JSON that say what they shall', () => {
    const target = '/run/altname/ca.pem';
    assert.deepEqual(parse(text('compose')), {
      services: {
        app: {
          environment: { NODE_EXTRA_CA_CERTS: target },
          volumes: [{ type: 'bind', source: place.root.file, target, read_only: true }],
        },
      },
    });
    assert.deepEqual(JSON.parse(text('devcontainer')), {
      mounts: [`type=bind,source=${place.root.file},target=${target},readonly`],
      containerEnv: { NODE_EXTRA_CA_CERTS: target },
    });
    assert.match(
      text('dockerfile'),
      /^COPY altname-ca\.pem \/run\/altname\/ca\.pem\nENV NODE_EXTRA_CA_CERTS=\/run\/altname\/ca\.pem$/m,
    );
  });

  it('survive a path with quotes, dollars and backslashes', () => {
    const root = { ...place.root, file: String.raw`/a'b/$c "d"\e,f/ca/ca.pem` };
    const texts = Object.fromEntries(
      nodeSettings(root, { state: 'unset', file: null }).map(({ place: at, text: each }) => [at, each]),
    );
    assert.equal(texts['sh'], String.raw`export NODE_EXTRA_CA_CERTS='/a'\''b/$c "d"\e,f/ca/ca.pem'`);
    assert.equal(texts['fish'], String.raw`set -Ux NODE_EXTRA_CA_CERTS '/a\'b/$c "d"\\e,f/ca/ca.pem'`);
    assert.equal(texts['powershell'], String.raw`$env:NODE_EXTRA_CA_CERTS = '/a''b/$c "d"\e,f/ca/ca.pem'`);
    const { services } = parse(texts['compose'] ?? '') as {
      services: { app: { volumes: { source: string }[] } };
    };
    assert.equal(services.app.volumes[0]?.source.replaceAll('$$', '$'), root.file);
  });
});

describe('what Node can be told of the roots of the system', () => {
  const versions: readonly (readonly [string, boolean, boolean])[] = [
    ['20.20.2', false, false],
    ['22.14.0', false, false],
    ['22.15.0', true, false],
    ['22.19.0', true, true],
    ['23.8.0', false, false],
    ['23.9.0', true, false],
    ['24.0.0', true, false],
    ['24.6.0', true, true],
    ['26.10.0', true, true],
  ];
  for (const [version, flag, variable] of versions) {
    it(`Node ${version}: flag ${flag}, variable ${variable}`, () => {
      assert.deepEqual(nodeSystemRoots(version, 'linux'), { flag, variable });
    });
  }

  it('macOS and Windows had the flag one release earlier', () => {
    assert.equal(nodeSystemRoots('23.8.0', 'darwin').flag, true);
  });

  it('is so on this Node', async () => {
    const place = await makePlace();
    const leaf = await issueLeaf(place.authority, [{ kind: 'ip', value: '127.0.0.1' }]);
    const server = createServer({ cert: leaf.chain, key: leaf.key }, (_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const trusts = async (
      flags: readonly string[],
      given: Readonly<Record<string, string>>,
    ): Promise<boolean> => {
      // Stands for the store of the system: on Linux, Node reads it as OpenSSL does.
      const env = cleanEnv({ PORT: String(port), SSL_CERT_FILE: place.root.file, ...given });
      const child = spawn(node, [...flags, '-e', script], { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
      await once(child, 'close');
      return said.startsWith('trusted');
    };
    const file = join(place.dir, 'options.env');
    writeFileSync(file, 'NODE_OPTIONS=--use-system-ca\n');
    const late = join(place.dir, 'late.env');
    writeFileSync(late, 'NODE_USE_SYSTEM_CA=1\n');
    try {
      const { flag, variable } = nodeSystemRoots(process.versions.node);
      assert.equal(await trusts([], {}), false);
      assert.equal(await trusts(['--use-system-ca'], {}), flag);
      assert.equal(await trusts([], { NODE_OPTIONS: '--use-system-ca' }), flag);
      assert.equal(await trusts([], { NODE_USE_SYSTEM_CA: '1' }), variable);
      assert.equal(await trusts([`--env-file=${file}`], {}), flag, 'NODE_OPTIONS is read from a file');
      assert.equal(await trusts([`--env-file=${late}`], {}), false, 'the variable is not');
    } finally {
      server.closeAllConnections();
      server.close();
      place.remove();
    }
  });
});
