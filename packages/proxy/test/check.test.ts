import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkUpstreams } from '@altname/proxy';
import { testAuthority } from './authority.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const { url } = await startUpstream(await authority.issue('api.test', '*.api.test'), echo);
const api = { to: url, ca: authority.root };

describe('a check of the upstreams', () => {
  it('is good for the right name, and says what to change for a wrong one', async () => {
    const [right, wrong] = await checkUpstreams({
      upstreams: { right: { ...api, name: 'api.test' }, wrong: { ...api, name: 'app.test' } },
    });
    assert.deepEqual([right?.isGood, right?.diagnosis?.verdict, right?.fixes], [true, 'accepted', []]);
    assert.deepEqual([wrong?.isGood, wrong?.diagnosis?.verdict], [false, 'refused']);
    assert.equal(wrong?.fixes[0], 'upstreams.wrong.name: api.test, only if this is the server you mean');
  });

  it('says which names the certificate of an address carries, and trusts none of them', async () => {
    const [found] = await checkUpstreams({ upstreams: { api } });
    assert.equal(found?.isGood, false);
    assert.deepEqual(found?.fixes, [
      'upstreams.api.name: the certificate carries api.test: give one as name, only if this is the server you mean',
    ]);
  });

  it('is not good where nobody listens', async () => {
    const [found] = await checkUpstreams({
      upstreams: { api: { ...api, to: 'https://127.0.0.1:9', name: 'api.test' } },
    });
    assert.deepEqual([found?.isGood, found?.diagnosis?.verdict], [false, 'unreachable']);
  });
});
