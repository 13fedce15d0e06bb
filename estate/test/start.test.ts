import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '@altname/core';
import { commandLine } from '../src/command-line.ts';
import { startEstate } from '../src/estate.ts';

const start = fileURLToPath(new URL('../src/start.js', import.meta.url));
const altname = fileURLToPath(new URL('build/dist/main.cjs', import.meta.resolve('altname/package.json')));

interface Ended {
  readonly exit: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe('npm start', () => {
  it('finds the cause of every fault, and shows two in full', async () => {
    const { exit, stdout, stderr } = await run(process.execPath, [start]);
    assert.equal(exit, 0, stdout + stderr);
    const summary = /^(\d+) of (\d+) diagnosed as expected/m.exec(stdout);
    assert.ok(summary !== null && Number(summary[1]) > 90 && summary[1] === summary[2], stdout.slice(-500));
    assert.match(stdout, /^✗ 127\.0\.0\.1:\d+ {2}refused: ip-as-dns-san$/m);
    assert.match(stdout, /^✗ api\.shop\.test:443 {2}refused: sni-from-host-header$/m);
    assert.match(stdout, /^ {2}npm start -- https:\/\/HOST /m);
  });

  it('shows one server, and the command that does the same', async () => {
    const { exit, stdout } = await run(process.execPath, [start, '--show', 'wildcard-depth']);
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /^\$ npx altname check https:\/\/api\.eu\.shop\.test --connect 127\.0\.0\.1:\d+ --ca \S+$/m,
    );
    assert.match(stdout, /refused: wildcard-depth$/m);
  });

  it('names what it does not know', async () => {
    const { exit, stderr } = await run(process.execPath, [start, '--show', 'nothing']);
    assert.equal(exit, 2);
    assert.equal(stderr, 'altname: no server of the estate is called "nothing"; npm start lists them\n');
  });

  it('is altname check for everything else', async () => {
    const estate = await startEstate({ only: ['refused', 'healthy:address'] });
    try {
      for (const { target, options, declaration } of estate.servers) {
        const args = [
          target,
          '--ca',
          options.caFile ?? '',
          ...(options.connect ? ['--connect', options.connect] : []),
        ];
        const { exit, stdout } = await run(process.execPath, [start, ...args]);
        assert.equal(exit, declaration.expected.exit, stdout);
      }
      assert.equal((await run(process.execPath, [start, 'http://a.test'])).exit, 2);
    } finally {
      await estate.close();
    }
  });
});

describe('the command that is shown', async () => {
  // One server for each kind of flag.
  const estate = await startEstate({
    only: [
      'name-mismatch',
      'ip-as-dns-san',
      'sni-not-sent:off',
      'sni-from-host-header:vhost',
      'sni-differs-from-checked',
      'default-certificate:starttls',
      'healthy:imap',
      'asked-is-alias',
      'search-domain-answered',
      'timeout',
      'protocol-version:client',
      'extra-ca-replaced',
    ],
  });
  after(() => estate.close());

  for (const server of estate.servers) {
    const { name, expected } = server.declaration;
    it(`finds the cause of ${name}`, async () => {
      const way = commandLine(server);
      assert.ok('command' in way);
      const words = way.command.replace('npx altname', `'${process.execPath}' '${altname}'`);
      const { exit, stdout, stderr } = await run('sh', ['-c', `${words} --json`]);
      assert.equal(exit, expected.exit, stderr);
      assert.equal((JSON.parse(stdout) as Diagnosis).cause?.code ?? null, expected.cause);
    });
  }

  it('is missing only where the command has no flag', async () => {
    const pinned = await startEstate({ only: ['pinned-servername-reused'] });
    try {
      assert.deepEqual(commandLine(pinned.servers[0]!), {
        reason: 'the command has no flag for servernameAlsoFor',
      });
    } finally {
      await pinned.close();
    }
  });
});
