import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls, { type SecureContext } from 'node:tls';
import { serverContext } from '@altname/certs';
import { createAuthority, makeKeys } from './server-authority.ts';
import { folder, listen, put, shown } from './server-handshake.ts';

describe('many certificates', () => {
  it('are all served while only some contexts are kept, and a context that is kept is used again', async (t) => {
    const dir = folder(t);
    const authority = await createAuthority();
    const keys = await makeKeys('EC');
    const names = Array.from({ length: 30 }, (_, i) => `s${i}.test`);
    for (const [i, name] of names.entries()) {
      const inside = i % 2 === 0 ? dir : join(dir, `folder${i}`);
      mkdirSync(inside, { recursive: true });
      put(inside, name, await authority.issue([name], { keys }));
    }
    const { options } = serverContext({ dir, watch: false, keep: 4 });
    const contextFor = (name: string): SecureContext | undefined => {
      let given: SecureContext | undefined;
      options.SNICallback(name, (error, context) => {
        assert.equal(error, null);
        given = context;
      });
      return given;
    };
    const kept = contextFor('s0.test');
    assert.ok(kept !== undefined);
    for (const name of names.slice(1)) {
      contextFor(name);
      assert.equal(contextFor('s0.test'), kept, name);
    }
    const last = contextFor('s29.test');
    for (const name of ['s1.test', 's2.test', 's3.test']) contextFor(name);
    assert.equal(contextFor('s29.test'), last);
    for (const name of ['s1.test', 's2.test', 's3.test', 's4.test']) contextFor(name);
    assert.notEqual(contextFor('s29.test'), last);
    assert.equal(contextFor('s30.test'), undefined);

    const port = await listen(
      t,
      tls.createServer(options, (socket) => socket.on('error', () => {}).end()),
    );
    for (const name of names) assert.equal(await shown(port, name, { ca: authority.root }), name);
  });
});
