import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientNames, clientProfiles } from '../src/index.ts';
import { clientTrace, findClientFrame, findClientText } from '../src/explain/client-traces.ts';

describe('the traces of clients', () => {
  for (const name of clientNames) {
    const { package: pack, surfaces } = clientProfiles[name];
    if (pack === null) continue;

    it(`${name}: its package is known by a stack frame`, () => {
      const trace = findClientFrame(`    at connect (/app/node_modules/${pack}/lib/connection.js:12:34)`);
      assert.equal(trace?.client, pack);
    });

    it(`${name}: where its own error lacks the code, there is a word on where the reason is`, () => {
      const trace = clientTrace(name) ?? clientTrace(pack);
      const [first = ''] = surfaces.split(';');
      if (!first.endsWith(': error.code') && name !== 'ioredis-cluster') {
        assert.equal(typeof trace?.hides, 'string', surfaces);
      }
    });
  }

  it('the leg to a proxy has words of its own', () => {
    const line = 'SecureProxyConnectionError: Secure Proxy Connection failed';
    assert.equal(findClientText(line)?.client, 'undici-proxy');
  });
});
