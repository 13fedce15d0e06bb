import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatPretty, lint, type Problem } from '../src/index.ts';
import { credentials, rootCertificate } from './credentials.ts';
import { treeOf } from './tree.ts';

function compose(certificate: string): string {
  return `services:
  api: { image: a, environment: { TLS_CERT: /c/api.crt }, volumes: ["${certificate}:/c/api.crt"] }
  web: { image: w, environment: { U: "https://api" } }
`;
}

function certificateProblems(root: string, paths: readonly string[] = ['.']): readonly Problem[] {
  return lint(paths, { cwd: root }).problems.filter(({ code }) => code === 'name-not-on-certificate');
}

const { cert } = await credentials({ names: ['other'] });

describe('what is referred to is read where it lies below the working directory, and nowhere else', () => {
  for (const [title, path, found] of [
    ['in the folder', './api.crt', 1],
    ['beside the path that was given', '../certs/api.crt', 1],
    ['above the working directory', '../../outside.crt', 0],
    ['by way of a link', './link.crt', 0],
    ['a link in a circle', './circle/api.crt', 0],
    ['a folder', './folder', 0],
    ['nothing', './gone.crt', 0],
  ] as const) {
    it(title, () => {
      const above = treeOf({
        'outside.crt': cert,
        'work/certs/api.crt': cert,
        'work/deploy/api.crt': cert,
        'work/deploy/compose.yaml': compose(path),
      });
      const deploy = join(above, 'work/deploy');
      symlinkSync(join(above, 'outside.crt'), join(deploy, 'link.crt'));
      symlinkSync(join(deploy, 'circle'), join(deploy, 'circle'));
      mkdirSync(join(deploy, 'folder'));
      assert.equal(certificateProblems(join(above, 'work'), ['deploy']).length, found);
    });
  }

  it('links of folders that lead back to themselves come to an end', () => {
    const root = treeOf({
      'compose.yaml':
        'services: { api: { image: a, volumes: ["./certs:/certs"] }, web: { image: w, environment: { U: "https://api" } } }',
    });
    mkdirSync(join(root, 'certs'));
    symlinkSync(root, join(root, 'certs', 'up'));
    assert.deepEqual(certificateProblems(root), []);
  });
});

describe('hostile files', () => {
  const rows: readonly (readonly [title: string, content: string | Uint8Array, found: number])[] = [
    ['DER', Buffer.from(cert.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64'), 1],
    ['a certificate, and 300 behind it', cert + rootCertificate.repeat(300), 1],
    ['5 MiB of certificates', cert.repeat(8000), 0],
    ['a block that is no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 0],
    ['a block without an end', '-----BEGIN CERTIFICATE-----\n'.repeat(30_000), 0],
    ['octets of nothing', new Uint8Array(100_000).fill(0x30), 0],
    ['nothing', '', 0],
  ];
  for (const [title, content, found] of rows) {
    it(title, () => {
      const root = treeOf({ 'compose.yaml': compose('./api.crt'), 'api.crt': content });
      const begun = performance.now();
      assert.equal(certificateProblems(root).length, found);
      assert.ok(performance.now() - begun < 5000);
    });
  }

  it('names of a certificate cannot write to a terminal, and are cut', async () => {
    const names = ['a\u001b[2Jb', 'x, y', ...Array.from({ length: 2000 }, (_, index) => `n${index}.test`)];
    const made = await credentials({ names });
    const root = treeOf({ 'compose.yaml': compose('./api.crt'), 'api.crt': made.cert });
    const [problem] = certificateProblems(root);
    assert.match(problem?.message ?? '', /"x, y", n0\.test.* and 1996 more\.$/);
    assert.ok((problem?.message.length ?? 0) < 500);
    const text = formatPretty({ files: 1, problems: [problem as Problem] }, { color: false, width: 80 });
    assert.ok(!text.includes('\u001b'));
  });

  it('a compose file of 400 services and 2000 URLs', () => {
    const services = Array.from(
      { length: 400 },
      (_, index) =>
        `  s${index}: { image: a, environment: { TLS_CERT: /c/api.crt, ${Array.from({ length: 5 }, (__, each) => `U${each}: "https://s${(index + each) % 400}"`).join(', ')} }, volumes: ["./api.crt:/c/api.crt"] }`,
    );
    const root = treeOf({ 'compose.yaml': `services:\n${services.join('\n')}\n`, 'api.crt': cert });
    const begun = performance.now();
    assert.equal(certificateProblems(root).length, 2000);
    assert.ok(performance.now() - begun < 30_000);
  });

  it('aliases of aliases come to an end', () => {
    const lines = ['x0: &x0 { image: a, environment: { U: "https://api" } }'];
    for (let depth = 1; depth < 12; depth++) {
      lines.push(`x${depth}: &x${depth} [${Array.from({ length: 12 }, () => `*x${depth - 1}`).join(', ')}]`);
    }
    const root = treeOf({ 'api.crt': cert });
    writeFileSync(
      join(root, 'compose.yaml'),
      `${lines.join('\n')}\n${compose('./api.crt')}  all: { image: a, environment: *x11, volumes: *x11 }\n`,
    );
    const begun = performance.now();
    lint(['.'], { cwd: root });
    assert.ok(performance.now() - begun < 10_000);
  });
});
