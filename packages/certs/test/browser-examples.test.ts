import assert from 'node:assert/strict';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openAuthority } from '@altname/certs';
import { absentChromium, Person } from './browser-chromium.ts';
import { examples, Example } from './examples-program.ts';
import { scratch } from './scratch.ts';

// The pages of the examples in a real Chromium that trusts the root.

const skip = absentChromium();
const dir = await scratch();
const caDir = join(dir, 'ca-dir');
const { browserFile } = await openAuthority(caDir);
let person: Person;

before(async () => {
  if (skip === false) person = await Person.create(join(dir, 'home'), [browserFile]);
});

after(() => person?.leave());

describe('Chromium with the page of', { skip, timeout: 90_000 }, () => {
  for (const [name, host] of [
    ['express', 'api.local'],
    ['fastify', 'shop.app.test'],
  ] as const) {
    it(`${name}: padlock and all, for localhost and ${host}`, async (t) => {
      const example = await Example.start(join(examples, name), caDir, ['server.js']);
      t.after(() => example.stop());
      for (const asked of ['localhost', host]) {
        const { error, text, state } = await person.visit(`https://${asked}:${example.port}/`);
        assert.deepEqual(
          { error, text, state },
          { error: null, text: `Hello from https://${asked}`, state: 'secure' },
        );
      }
    });
  }

  it('vite: its WebSocket is wss, and a change of a file comes into the page without a reload', async (t) => {
    const project = await copyOf('vite');
    const example = await Example.start(project, caDir);
    t.after(() => example.stop());
    for (const host of ['localhost', 'shop.app.test']) {
      const origin = `https://${host}:${example.port}`;
      await person.open(`${origin}/`, async ({ error, state, sockets }, page) => {
        assert.deepEqual({ error, state }, { error: null, state: 'secure' });
        const shown = (text: string): Promise<unknown> =>
          page.waitForSelector(`#greeting:text-is(${JSON.stringify(text)})`, { timeout: 10_000 });
        await shown(`Hello from ${origin}`);
        await page.evaluate('window.before = true');
        await writeFile(join(project, 'greeting.js'), `export const greeting = 'Changed for ${host}';\n`);
        await shown(`Changed for ${host}`);
        assert.equal(await page.evaluate('window.before'), true, 'it was not loaded again');
        assert.ok(sockets.length > 0);
        for (const socket of sockets) assert.ok(socket.startsWith(`wss://${host}:${example.port}/`), socket);
      });
      await cp(join(examples, 'vite', 'greeting.js'), join(project, 'greeting.js'));
    }
  });
});

/** A copy that may be changed, with what it imports where Node looks for it. */
async function copyOf(name: string): Promise<string> {
  const project = join(dir, name);
  const installed = join(project, 'node_modules');
  await cp(join(examples, name), project, { recursive: true });
  await mkdir(join(installed, '@altname'), { recursive: true });
  await symlink(
    fileURLToPath(new URL('../../', import.meta.url)),
    join(installed, '@altname', 'certs'),
    'dir',
  );
  const vite = dirname(createRequire(import.meta.url).resolve('vite/package.json'));
  await symlink(vite, join(installed, 'vite'), 'dir');
  return project;
}
