import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testAuthority } from './authority.ts';
import { ask } from './client.ts';
import { startProxy } from './proxy-server.ts';
import { startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const ca = authority.root;

/** Targets, and the route that is for them; each goes on as it came. */
const targets: readonly (readonly [target: string, route: string])[] = [
  ['/admin', 'admin'],
  ['/admin?a=//%61', 'admin'],
  ['/%61dmin', 'admin'],
  ['/%61%64%6D%6d%69n', 'other'],
  ['/%61%64%6D%69%6e/x', 'admin'],
  ['//admin', 'admin'],
  ['///%61dmin//x', 'admin'],
  ['/admin//', 'admin'],
  ['/a%2db~c/', 'encoded'],
  ['/a-b%7Ec/x', 'encoded'],
  ['/%c3%a4', 'letter'],
  ['/%C3%A4/x', 'letter'],
  ['/other?/admin', 'other'],
  ['/administrator', 'other'],
  ['/Admin', 'other'],
  ['/%41dmin', 'other'],
  ['/%2fadmin', 'other'],
  ['/admin%2Fx', 'other'],
  ['/%2561dmin', 'other'],
  ['/%6', 'other'],
  ['/%zzadmin', 'other'],
];

describe('routes by path', async () => {
  const keys = ['admin', 'encoded', 'letter', 'other'];
  const upstreams = Object.fromEntries(
    await Promise.all(
      keys.map(async (key) => {
        const { url } = await startUpstream(identity, (request, response) =>
          response.end(`${key} ${request.url}`),
        );
        return [key, { to: url, name: 'api.test', ca }] as const;
      }),
    ),
  );
  const { port } = await startProxy({
    upstreams,
    routes: [
      { path: '/admin', to: 'admin' },
      { path: '//a-b%7ec', to: 'encoded' },
      { path: '/%C3%a4/', to: 'letter' },
      { to: 'other' },
    ],
  });
  for (const [target, route] of targets) {
    it(`${target} is for ${route}`, async () => {
      assert.equal((await ask({ port, path: target })).body, `${route} ${target}`);
    });
  }
});
