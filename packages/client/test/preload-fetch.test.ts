import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { program, sameWithPreload } from './preload-program.ts';
import { startServers, type Servers } from './preload-servers.ts';

// Node's own fetch, where it connects in a later turn than that of the call.

let servers: Servers;
before(async () => (servers = await startServers()));
after(() => servers.close());

function placesIn(told: string): readonly string[] {
  return [...told.matchAll(/called +\S*program-\d+\.mjs:(\d+:\d+) · fetch \(undici\)$/gm)].map(
    ([, place]) => place ?? '',
  );
}

describe('fetch with a body', () => {
  for (const body of [`'text'`, `new URLSearchParams('a=b')`, `Buffer.from('x')`, `new Blob(['x'])`]) {
    it(`${body} is told with its place`, async () => {
      const text = `const { WRONG } = process.env;\nawait fetch('https://localhost:' + WRONG, { method: 'POST', body: ${body} }).catch((error) => console.log(error.cause.code));`;
      const { stdout, told } = await sameWithPreload(program(text, 'mjs'), { env: servers.env });
      assert.match(stdout, /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)\n$/);
      assert.deepEqual(placesIn(told), ['2:7'], told);
    });
  }

  it('is told with the place of each, one after the other', async () => {
    const text = `const { WRONG } = process.env;
      const url = 'https://localhost:' + WRONG;
      await fetch(url, { method: 'POST', body: '1' }).catch(() => {});
      await fetch(url, { method: 'POST', body: '2' }).catch(() => {});`;
    const { told } = await sameWithPreload(program(text, 'mjs'), { env: servers.env });
    assert.deepEqual(placesIn(told), ['3:13', '4:13'], told);
  });

  it('is told without a place while it may be either', async () => {
    const text = `const { WRONG } = process.env;
      const url = 'https://localhost:' + WRONG;
      const one = fetch(url, { method: 'POST', body: '1' }).catch(() => {});
      const two = fetch(url, { method: 'POST', body: '2' }).catch(() => {});
      await one; await two;`;
    const { told } = await sameWithPreload(program(text, 'mjs'), { env: servers.env });
    assert.equal(told.match(/a TLS connection of this program failed/g)?.length, 2, told);
    assert.deepEqual(placesIn(told), ['4:19'], told);
  });
});

describe('fetch from a server that never answers', () => {
  it('is told as a timeout when undici gives up, and not at all when the program does', async () => {
    const open = new Set<Socket>();
    const silent = createServer((socket) => void open.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const env = { PORT: String((silent.address() as AddressInfo).port) };
    const url = `'https://127.0.0.1:' + process.env.PORT`;
    try {
      const gaveUp = await sameWithPreload(
        program(`await fetch(${url}).catch((error) => console.log(error.cause.code));`, 'mjs'),
        { env },
      );
      assert.equal(gaveUp.stdout, 'UND_ERR_CONNECT_TIMEOUT\n');
      assert.match(gaveUp.told, /refused: timeout|unreachable: timeout|: timeout/);
      const aborted = await sameWithPreload(
        program(
          `import { connect } from 'node:tls';
          const signal = AbortSignal.timeout(300);
          connect({ host: '127.0.0.1', port: process.env.PORT, signal }).on('error', (error) => console.log(error.name));`,
          'mjs',
        ),
        { env },
      );
      assert.equal(aborted.stdout, 'AbortError\n');
      assert.equal(aborted.told, '');
    } finally {
      for (const socket of open) socket.destroy();
      silent.close();
    }
  });
});
