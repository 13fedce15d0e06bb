import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { issueLeaf, openAuthority, parseWantedName } from '@altname/certs';
import { scratch } from './scratch.ts';
import { serve } from './tls-server.ts';
import { absent, verifiers } from './verifiers.ts';

// Every kind of name, of either kind of key, in a handshake with every client that verifies.

const dir = await scratch();
const authority = await openAuthority(join(dir, 'ca-dir'));
const asked: Readonly<Record<string, string>> = {
  localhost: 'localhost',
  'app.localhost': 'app.localhost',
  'api.local': 'api.local',
  'a.b.internal': 'a.b.internal',
  'router.home.arpa': 'router.home.arpa',
  '*.app.test': 'x.app.test',
  'bücher.test': 'xn--bcher-kva.test',
  my_service: 'my_service',
  '127.0.0.1': '127.0.0.1',
  '192.168.1.20': '192.168.1.20',
  '::1': '::1',
  'fd00::7': 'fd00::7',
};
const wide = await openAuthority(join(dir, 'wide'), { permit: [{ kind: 'dns', domain: 'my_service' }] });

for (const verifier of verifiers) {
  describe(`${verifier.name} accepts`, { skip: absent(verifier) }, () => {
    for (const key of ['ecdsa', 'rsa'] as const) {
      it(`${key}, under each of its names and no other`, async () => {
        const leaf = await issueLeaf(wide, Object.keys(asked).map(parseWantedName), { key });
        const port = await serve({ cert: leaf.chain, key: leaf.key });
        const ask = (name: string): Promise<string | null> =>
          verifier.verify({ port, name, root: wide.certificate, dir });
        for (const name of Object.values(asked)) {
          if (verifier.cannot?.(name) !== true) assert.equal(await ask(name), null, name);
        }
        for (const other of ['app.test', 'x.y.app.test', 'other.test', '127.0.0.2', '::2']) {
          assert.notEqual(await ask(other), null, other);
        }
        assert.notEqual(
          await verifier.verify({ port, name: 'localhost', root: authority.certificate, dir }),
          null,
        );
      });
    }
  });
}
