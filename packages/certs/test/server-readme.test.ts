import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ServerContext } from '@altname/certs';
import { createAuthority } from './server-authority.ts';
import { put, shown } from './server-handshake.ts';

// The programs of the README are run as they stand, but for the directory and the port.

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const section = /^## serverContext\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
const programs = [...section.matchAll(/```js\n([\s\S]*?)```/g)].map(([, program = '']) => program);

describe('the README about serverContext', () => {
  it('has programs', () => assert.equal(programs.length, 2));

  for (const [i, program] of programs.entries()) {
    it(`program ${i + 1} serves`, async (t) => {
      const authority = await createAuthority();
      // Beside the tests, where @altname/certs is found.
      const folder = mkdtempSync(fileURLToPath(new URL('./readme-', import.meta.url)));
      t.after(() => rmSync(folder, { recursive: true }));
      const dir = join(folder, 'certificates');
      mkdirSync(dir);
      put(dir, 'app', await authority.issue(['app.test']));
      const text = program
        .replace("'/etc/certificates'", JSON.stringify(dir))
        .replace('listen(443)', "listen(0, '127.0.0.1')");
      const file = join(folder, 'program.mjs');
      writeFileSync(file, `${text}\nexport { context, server };\n`);
      const { context, server } = (await import(pathToFileURL(file).href)) as {
        context: ServerContext;
        server: Server;
      };
      t.after(() => server.close());
      t.after(() => context.close());
      if (!server.listening) await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      assert.equal(await shown(port, 'app.test', { ca: authority.root }), 'app.test');
    });
  }

  it('names every option', () => {
    const source = readFileSync(
      fileURLToPath(new URL('../../src/server/server-context-options.ts', import.meta.url)),
      'utf8',
    );
    const declared = /interface ServerContextOptions \{([\s\S]*?)^\}/m.exec(source)?.[1] ?? '';
    const options = [...declared.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name);
    assert.equal(options.length, 8);
    for (const name of options) assert.match(section, new RegExp(`^\\| \`${name}\` `, 'm'));
  });
});
