import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as x509 from '../src/x509.ts';
import type { Machine } from '../src/trust/machine.ts';
import { shellWord, stepText } from '../src/trust/step.ts';
import { systemStore } from '../src/trust/system-store.ts';
import { readTrustRoot } from '../src/trust/trust-root.ts';
import { trustRoot } from '../src/trust/trust.ts';
import { machineAt, makePlace, type Place } from './trust-fixture.ts';

// What is told for systems that are not here. Only the words are held: nothing of it was run but on Debian.

describe('what is to be run', () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
  });
  after(() => place.remove());

  const linux = (marker: string): Machine => ({
    platform: 'linux',
    env: {},
    home: place.dir,
    mayAll: false,
    exists: (path) => path === marker,
    find: (program) => `/usr/sbin/${program}`,
  });
  const rows: readonly (readonly [family: string, marker: string, file: string, update: string])[] = [
    [
      'Fedora',
      '/etc/pki/ca-trust/source',
      '/etc/pki/ca-trust/source/anchors/NAME.pem',
      'update-ca-trust extract',
    ],
    ['openSUSE', '/etc/pki/trust', '/etc/pki/trust/anchors/NAME.pem', 'update-ca-certificates'],
    [
      'Arch',
      '/etc/ca-certificates/trust-source',
      '/etc/ca-certificates/trust-source/anchors/NAME.crt',
      'trust extract-compat',
    ],
    [
      'Alpine',
      '/etc/ca-certificates.conf',
      '/usr/local/share/ca-certificates/NAME.crt',
      'update-ca-certificates',
    ],
  ];
  for (const [family, marker, file, update] of rows) {
    it(`on ${family}, by sudo`, async () => {
      const store = systemStore(linux(marker));
      const steps = (await store?.install(place.root)) ?? [];
      assert.deepEqual(
        steps.map((step) => stepText(step, false)),
        [
          `sudo install -D -m 0644 ${shellWord(place.root.file)} ${file.replace('NAME', place.root.name)}`,
          `sudo ${update}`,
        ],
      );
    });
  }

  it('on a Linux that is not known: nothing', () => {
    assert.equal(systemStore(linux('/nothing')), null);
  });

  it('on macOS and Windows: the store of the user, without root', async () => {
    const machine = (platform: NodeJS.Platform): Machine => ({ ...linux('/'), platform });
    const [mac, windows] = [systemStore(machine('darwin')), systemStore(machine('win32'))];
    const [ofMac, ofWindows] = [await mac?.install(place.root), await windows?.install(place.root)];
    assert.deepEqual(ofMac?.[0]?.argv.slice(0, 7), [
      ...['security', 'add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k'],
    ]);
    assert.deepEqual(ofWindows?.[0]?.argv.slice(1), ['-user', '-addstore', 'Root', place.root.file]);
    assert.ok([...(ofMac ?? []), ...(ofWindows ?? [])].every(({ asRoot }) => !asRoot));
  });

  it('is not run by a user without sudo', async () => {
    const machine = { ...machineAt(place.dir), ...linux('/etc/ca-certificates.conf') };
    const [outcome] = await trustRoot(place.root, { machine, stores: ['system'] });
    assert.equal(outcome?.result, 'needs-root');
    assert.match(outcome.commands.join('\n'), /^sudo install .*\nsudo update-ca-certificates$/);
  });

  it('has its words in quotes where a shell would read them otherwise', () => {
    const step = { argv: ['rm', "a'b; $(c)"], asRoot: true, line: '-x y' };
    assert.equal(stepText(step, false), String.raw`printf '%s\n' '-x y' | sudo rm 'a'\''b; $(c)'`);
    assert.equal(shellWord('\u001b[31m'), String.raw`'\x1b[31m'`);
  });
});

describe('the root that is trusted', () => {
  const dir = mkdtempSync(join(tmpdir(), 'altname-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const put = (text: string): string => {
    mkdirSync(join(dir, 'ca'), { recursive: true });
    for (const name of ['ca.pem', 'browser-ca.pem']) writeFileSync(join(dir, 'ca', name), text);
    return dir;
  };

  it('is the one that openAuthority made', async () => {
    const place = await makePlace();
    assert.equal(place.root.file, place.authority.certificateFile);
    assert.match(place.root.name, /^altname-[0-9a-f]{16}$/);
    place.remove();
  });

  it('may be past its end, and without its key', async () => {
    const limits = [dns('localhost'), ip('7f000000ff000000')];
    const root = await readTrustRoot(put(await selfSigned({ ca: true, limits, ended: true })));
    assert.equal(root?.file, join(dir, 'ca', 'ca.pem'));
  });

  it('is null where there is none', async () => {
    assert.equal(await readTrustRoot(join(dir, 'nowhere')), null);
  });

  const bad: readonly (readonly [what: string, made: Made | null, message: RegExp])[] = [
    ['no certificate', null, /it is no certificate that can be read/],
    ['no CA', { ca: false, limits: [] }, /it is no CA/],
    ['a CA without limits', { ca: true, limits: [] }, /it may sign for any name/],
    ['a CA that is limited in domains alone', { ca: true, limits: [dns('localhost')] }, /it may sign for/],
    ['a CA for every domain', { ca: true, limits: [dns(''), ip('7f000000ff000000')] }, /it may sign for/],
    [
      'a CA for every address',
      { ca: true, limits: [dns('localhost'), ip('0000000000000000')] },
      /it may sign for/,
    ],
  ];
  for (const [what, made, message] of bad) {
    it(`is refused: ${what}`, async () => {
      put(made === null ? 'hello\n' : await selfSigned(made));
      await assert.rejects(readTrustRoot(dir), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ALTNAME_BAD_AUTHORITY');
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

interface Made {
  readonly ca: boolean;
  /** Permitted subtrees, DER. */
  readonly limits: readonly Buffer[];
  readonly ended?: boolean;
}

async function selfSigned({ ca, limits, ended = false }: Made): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const day = 86_400_000;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ['some CA'] }],
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 9 * day),
    notAfter: new Date(Date.now() + (ended ? -1 : 9) * day),
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      ...(limits.length === 0
        ? []
        : [new x509.Extension('2.5.29.30', true, tlv(0x30, tlv(0xa0, Buffer.concat(limits))))]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function dns(domain: string): Buffer {
  return tlv(0x30, tlv(0x82, Buffer.from(domain)));
}

function ip(hex: string): Buffer {
  return tlv(0x30, tlv(0x87, Buffer.from(hex, 'hex')));
}

/** DER of fewer than 128 octets. */
function tlv(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
