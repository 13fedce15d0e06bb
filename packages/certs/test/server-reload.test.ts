import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import {
  serverContext,
  type ReloadedCertificates,
  type ServerContext,
  type ServerContextOptions,
  type ServerProblem,
} from '@altname/certs';
import { createAuthority, makeKeys, type Issued, type TestAuthority } from './server-authority.ts';
import { folder, listen, put, shown } from './server-handshake.ts';

let authority: TestAuthority;
let first: Issued;
let second: Issued;
before(async () => {
  authority = await createAuthority();
  first = await authority.issue(['shop.test'], { subject: 'first', from: -2 });
  second = await authority.issue(['shop.test'], { subject: 'second' });
});

interface Running {
  readonly context: ServerContext;
  readonly problems: string[];
  readonly reloads: ReloadedCertificates[];
  /** Resolves with the next reload. */
  reloaded(): Promise<ReloadedCertificates>;
  /** The subject that a client is shown. */
  subject(servername?: string): Promise<string>;
}

/** A server on a directory; it is closed after the test. */
async function run(t: TestContext, options: ServerContextOptions): Promise<Running> {
  const problems: string[] = [];
  const reloads: ReloadedCertificates[] = [];
  let arrived: ((change: ReloadedCertificates) => void) | undefined;
  const context = serverContext({
    ...options,
    onProblem: ({ code, message }: ServerProblem) => problems.push(`${code}: ${message}`),
    onReload: (change) => {
      reloads.push(change);
      arrived?.(change);
    },
  });
  t.after(() => context.close());
  const server = tls.createServer(context.options, (socket) => socket.on('error', () => {}).end());
  const port = await listen(t, context.attach(server));
  return {
    context,
    problems,
    reloads,
    reloaded: () => new Promise((resolve) => (arrived = resolve)),
    subject: (servername = 'shop.test') =>
      shown(port, servername, {
        ca: authority.root,
        // altname-ignore-next-line no-disabled-identity-check: the test looks at the certificate itself
        ...(servername === '' && { checkServerIdentity: () => undefined }),
      }),
  };
}

describe('a certificate that is replaced', () => {
  it('is served without a new server, and open connections go on', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    const context = serverContext({ dir, watch: false });
    const port = await listen(
      t,
      https.createServer(context.options, (_, response) => response.end('here')),
    );
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: authority.root });
    t.after(() => agent.destroy());
    const visit = async (): Promise<[boolean, string]> => {
      const request = https.get({ host: '127.0.0.1', port, servername: 'shop.test', agent });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const { subject } = (response.socket as tls.TLSSocket).getPeerCertificate();
      await response.toArray();
      return [request.reusedSocket, String(subject.CN)];
    };
    assert.deepEqual(await visit(), [false, 'first']);
    put(dir, 'shop', second);
    await context.reload();
    assert.deepEqual(await visit(), [true, 'first']);
    assert.equal(await shown(port, 'shop.test', { ca: authority.root }), 'second');
  });

  for (const watch of [true, 'poll'] as const) {
    it(`is noticed with watch: ${watch}, in place or by renaming, and in folders that come later`, async (t) => {
      const dir = folder(t);
      put(dir, 'shop', first);
      const { reloaded, subject, problems } = await run(t, { dir, watch, pollEvery: 100 });
      let next = reloaded();
      put(dir, 'shop', second);
      assert.deepEqual(await next, { added: [], replaced: [join(dir, 'shop.pem')], removed: [] });
      assert.equal(await subject(), 'second');

      const third = await authority.issue(['shop.test'], { subject: 'third' });
      next = reloaded();
      writeFileSync(join(dir, '.shop.tmp'), third.key + third.cert);
      renameSync(join(dir, '.shop.tmp'), join(dir, 'shop.pem'));
      await next;
      assert.equal(await subject(), 'third');

      next = reloaded();
      mkdirSync(join(dir, 'later'));
      const later = await authority.issue(['later.test']);
      put(join(dir, 'later'), 'later', later);
      assert.deepEqual((await next).added, [join(dir, 'later', 'later.pem')]);
      next = reloaded();
      put(join(dir, 'later'), 'later', await authority.issue(['later.test'], { subject: 'renewed' }));
      await next;
      assert.equal(await subject('later.test'), 'renewed');
      assert.deepEqual(problems, []);
    });
  }

  it('is followed through the link that Kubernetes swaps', async (t) => {
    const dir = folder(t);
    for (const [name, { cert, key }] of Object.entries({ '..1': first, '..2': second })) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'tls.crt'), cert);
      writeFileSync(join(dir, name, 'tls.key'), key);
    }
    symlinkSync('..1', join(dir, '..data'));
    symlinkSync('..data/tls.crt', join(dir, 'tls.crt'));
    symlinkSync('..data/tls.key', join(dir, 'tls.key'));
    const { reloaded, subject, problems } = await run(t, { dir });
    assert.equal(await subject(), 'first');
    const next = reloaded();
    symlinkSync('..2', join(dir, '..data_tmp'));
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
    rmSync(join(dir, '..1'), { recursive: true });
    assert.deepEqual(await next, { added: [], replaced: [join(dir, 'tls.crt')], removed: [] });
    assert.equal(await subject(), 'second');
    assert.deepEqual(problems, []);
  });

  it('is not told when the files only were written again', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    const { context, reloads } = await run(t, { dir, watch: false });
    put(dir, 'shop', first);
    await context.reload();
    assert.deepEqual(reloads, []);
  });

  it('is the default as well, for servers that are attached; for others that is told', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    put(dir, 'other', await authority.issue(['other.test']));
    const { context, subject, problems } = await run(t, { dir, watch: false, default: 'shop.test' });
    assert.equal(await subject(''), 'first');
    put(dir, 'shop', second);
    await context.reload();
    assert.equal(await subject(''), 'second');
    assert.deepEqual(problems, []);
    unlinkSync(join(dir, 'shop.pem'));
    await context.reload();
    assert.match(await subject(''), /ALERT_HANDSHAKE_FAILURE/);
    assert.match(problems.join(), /^default: no certificate is for the default "shop.test" any more/);
    put(dir, 'shop', first);
    await context.reload();
    assert.equal(await subject(''), 'first');

    const alone: string[] = [];
    const apart = serverContext({
      dir,
      watch: false,
      default: 'shop.test',
      onProblem: ({ code }) => alone.push(code),
    });
    assert.ok(apart.options.cert !== undefined);
    put(dir, 'shop', second);
    await apart.reload();
    assert.deepEqual(alone, ['default']);
  });
});

describe('what is broken', () => {
  const breaks: readonly [string, (dir: string) => void, RegExp][] = [
    [
      'a certificate cut off',
      (dir) => writeFileSync(join(dir, 'shop.pem'), second.cert.slice(0, 200)),
      /cut off/,
    ],
    ['a chain cut off', (dir) => writeFileSync(join(dir, 'shop.pem'), second.cert.slice(0, -40)), /cut off/],
    ['an empty file', (dir) => writeFileSync(join(dir, 'shop.pem'), ''), /no PEM/],
    [
      'a certificate of another key',
      (dir) => writeFileSync(join(dir, 'shop.pem'), second.cert),
      /another key than/,
    ],
    [
      'a key of another certificate',
      (dir) => writeFileSync(join(dir, 'shop.key'), second.key),
      /another key than/,
    ],
    ['a key that is gone', (dir) => unlinkSync(join(dir, 'shop.key')), /no key/],
    ['a key cut off', (dir) => writeFileSync(join(dir, 'shop.key'), second.key.slice(0, 60)), /cut off/],
    [
      'a key where the certificate was',
      (dir) => writeFileSync(join(dir, 'shop.pem'), first.key),
      /no certificate/,
    ],
    [
      'a folder where the certificate was',
      replaceByFolder,
      /holds no certificate any more; those before go on$/,
    ],
    [
      'a directory without any file',
      (dir) => ['shop.pem', 'shop.key'].forEach((name) => unlinkSync(join(dir, name))),
      /^directory: .*holds no certificate any more; those before go on$/,
    ],
  ];
  for (const [title, spoil, told] of breaks) {
    it(`${title} never replaces what is good, and is told once`, async (t) => {
      const dir = folder(t);
      put(dir, 'shop', first);
      const { context, problems, subject, reloads } = await run(t, { dir, watch: false });
      spoil(dir);
      const looking = context.reload();
      assert.equal(await subject(), 'first');
      await looking;
      assert.equal(await subject(), 'first');
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', told);
      await context.reload();
      assert.equal(problems.length, 1);
      assert.equal(context.problems().length, 1);
      assert.deepEqual(reloads, []);
      rmSync(join(dir, 'shop.pem'), { recursive: true, force: true });
      put(dir, 'shop', second);
      await context.reload();
      assert.equal(await subject(), 'second');
      assert.deepEqual(context.problems(), []);
    });
  }

  it('a certificate that is over does not replace one that is valid', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    const { context, problems, subject } = await run(t, { dir, watch: false });
    put(dir, 'shop', await authority.issue(['shop.test'], { subject: 'over', from: -9, to: -1 }));
    await context.reload();
    assert.equal(await subject(), 'first');
    assert.match(problems.join(), /^not-valid-now: .*not valid any more since .*; the one before goes on$/);
  });

  it('a directory that goes away leaves everything as it is, and is followed when it is back', async (t) => {
    const dir = join(folder(t), 'certificates');
    mkdirSync(dir);
    put(dir, 'shop', first);
    const { context, problems, subject, reloaded } = await run(t, { dir, watch: true });
    renameSync(dir, `${dir}.away`);
    await context.reload();
    assert.equal(await subject(), 'first');
    assert.match(problems.join(), /^directory: .*certificates: cannot be read: ENOENT$/);
    mkdirSync(dir);
    put(dir, 'shop', second);
    await context.reload();
    assert.equal(await subject(), 'second');
    const next = reloaded();
    put(dir, 'shop', first);
    await next;
    assert.equal(await subject(), 'first');
  });
});

function replaceByFolder(dir: string): void {
  unlinkSync(join(dir, 'shop.pem'));
  mkdirSync(join(dir, 'shop.pem'));
}

describe('a certificate whose file goes', () => {
  it('is served no more; the others are', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    put(dir, 'other', await authority.issue(['other.test']));
    const { subject, reloaded, context } = await run(t, { dir });
    const next = reloaded();
    unlinkSync(join(dir, 'shop.pem'));
    unlinkSync(join(dir, 'shop.key'));
    assert.deepEqual(await next, { added: [], replaced: [], removed: [join(dir, 'shop.pem')] });
    assert.match(await subject(), /ALERT_HANDSHAKE_FAILURE/);
    assert.equal(await subject('other.test'), 'other.test');
    assert.deepEqual(context.names(), ['other.test']);
    assert.deepEqual(context.problems(), []);
  });

  it('is served on when the file comes back at once', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    const { context, subject, reloads, problems } = await run(t, { dir, watch: false });
    unlinkSync(join(dir, 'shop.pem'));
    const looking = context.reload();
    assert.equal(await subject(), 'first');
    put(dir, 'shop', second);
    await looking;
    assert.equal(await subject(), 'second');
    assert.deepEqual(reloads, [{ added: [], replaced: [join(dir, 'shop.pem')], removed: [] }]);
    assert.deepEqual(problems, []);
  });
});

describe('one thousand reloads under load', () => {
  it('fail no handshake, and each client is shown a certificate that is or was there', async (t) => {
    const dir = folder(t);
    const keys = await makeKeys('EC');
    const total = 1000;
    const issue = (i: number): Promise<Issued> =>
      authority.issue(['shop.test'], { subject: `number ${i}`, ...(i % 2 === 0 && { keys }) });
    put(dir, 'shop', await issue(0));
    put(dir, 'other', await authority.issue(['other.test']));
    const { context, subject, reloads, problems } = await run(t, { dir, watch: true });
    let newest = 0;
    let done = false;
    let handshakes = 0;
    const client = async (name: string): Promise<void> => {
      let least = 0;
      while (!done) {
        const seen = await subject(name);
        handshakes++;
        if (name === 'other.test') assert.equal(seen, name);
        else {
          const number = Number(/^number (\d+)$/.exec(seen)?.[1] ?? assert.fail(seen));
          assert.ok(number >= least && number <= newest, `${number} is not from ${least} to ${newest}`);
          least = number;
        }
      }
    };
    const clients = ['shop.test', 'shop.test', 'other.test'].map(client);
    for (let i = 1; i <= total; i++) {
      newest = i;
      const { cert, key } = await issue(i);
      // In one file and in two, in place and by renaming, the key first and the certificate first.
      if (i % 4 === 0) put(dir, 'shop', { cert, key });
      else {
        const [one, other] = i % 2 === 0 ? (['pem', 'key'] as const) : (['key', 'pem'] as const);
        for (const kind of [one, other]) {
          writeFileSync(join(dir, `shop.${kind}.new`), kind === 'key' ? key : cert);
          renameSync(join(dir, `shop.${kind}.new`), join(dir, `shop.${kind}`));
          // A look in the middle of the change.
          if (i % 3 === 0) await Promise.race([context.reload(), setTimeout(5)]);
        }
      }
      await context.reload();
      assert.equal(context.certificateFor('shop.test')?.names[0], 'shop.test');
      assert.equal(reloads.length, i);
    }
    done = true;
    await Promise.all(clients);
    assert.equal(await subject(), `number ${total}`);
    // On a machine that stands still in the middle of a change, that is told.
    for (const problem of problems) assert.match(problem, /^no-key: .*the one before goes on$/);
    t.diagnostic(`${handshakes} handshakes during ${reloads.length} reloads`);
  });
});

describe('reload', () => {
  it('sees what changed while an earlier one was looking', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    for (let i = 0; i < 3000; i++) writeFileSync(join(dir, `${i}.key`), first.key);
    const { context, subject } = await run(t, { dir, watch: false });
    const earlier = context.reload();
    // The earlier one is in the middle of three thousand files.
    await setImmediate();
    writeFileSync(join(dir, 'shop.pem'), second.cert + second.key);
    await context.reload();
    assert.equal(await subject(), 'second');
    await earlier;
  });

  it('after close looks at nothing', async (t) => {
    const dir = folder(t);
    put(dir, 'shop', first);
    const { context, subject } = await run(t, { dir });
    context.close();
    put(dir, 'shop', second);
    await context.reload();
    assert.equal(await subject(), 'first');
  });
});
