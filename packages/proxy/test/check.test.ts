import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkUpstreams } from '@altname/proxy';
import { testAuthority } from './authority.ts';
import { ask } from './client.ts';
import { oddCertificate } from './client-certificate.ts';
import { startProxy } from './proxy-server.ts';
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

  it('says of a name that is only a common name what the proxy does: it is refused', async () => {
    const identity = await oddCertificate('api.test', []);
    const { url: to } = await startUpstream(identity, echo);
    const upstreams = { odd: { to, name: 'api.test', ca: identity.cert } };
    const [found] = await checkUpstreams({ upstreams });
    const { verdict, cause, findings } = found?.diagnosis ?? {};
    assert.deepEqual([found?.isGood, verdict, cause?.code], [false, 'refused', 'name-only-in-cn']);
    assert.match(cause?.message ?? '', /; the proxy refuses it\.$/);
    assert.doesNotMatch(JSON.stringify(findings), /still falls back/);
    assert.equal((await ask({ port: (await startProxy({ upstreams })).port })).status, 502);
  });
});

describe('what to change', () => {
  for (const [title, name, names] of [
    ['an address that stands as a DNS name', '127.0.0.1', ['127.0.0.1']],
    ['a name that ends in a dot', 'up.test', ['up.test.']],
    ['a name that ends in a dot, asked so', 'up.test.', ['up.test.']],
  ] as const) {
    it(`is never a name that is refused again: ${title}`, async () => {
      const identity = await oddCertificate('x', names);
      const { url: to } = await startUpstream(identity, echo);
      const upstreams = { odd: { to, name, ca: identity.cert } };
      const [found] = await checkUpstreams({ upstreams });
      const { port, failures } = await startProxy({ upstreams });
      assert.equal((await ask({ port })).status, 502);
      for (const fixes of [found?.fixes, failures[0]?.fixes]) {
        assert.notEqual(fixes?.length, 0);
        for (const fix of fixes ?? []) assert.doesNotMatch(fix, /\.name: /);
      }
    });
  }

  it('is the CA first, where no more than the error of a request is known', async () => {
    const { cert, key } = await authority.issue('api.test');
    const { url: to } = await startUpstream(
      { cert: `${cert.split('-----END')[0]}-----END CERTIFICATE-----\n`, key },
      echo,
    );
    const upstreams = { api: { to, name: 'api.test' } };
    const { port, failures } = await startProxy({ upstreams });
    assert.equal((await ask({ port })).status, 502);
    const [found] = await checkUpstreams({ upstreams });
    assert.match(found?.fixes[0] ?? '', /^upstreams\.api\.ca: add the certificate of the CA/);
    assert.equal(failures[0]?.fixes[0], found?.fixes[0]);
  });
});
