import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { describe, it } from 'node:test';
import { get, createServer } from 'node:https';
import { lint, type Severity } from '../src/index.ts';
import { credentials, type Credentials, type Wanted } from './credentials.ts';
import { treeOf } from './tree.ts';

/** The name of a URL, what is on the certificate, what lint says, and what Node does. */
const rows: readonly (readonly [
  name: string,
  wanted: Wanted,
  said: Severity | null,
  node: 'accepts' | 'ERR_TLS_CERT_ALTNAME_INVALID',
])[] = [
  ['api', { names: ['api', 'web'] }, null, 'accepts'],
  ['api', { names: ['api.test', 'web'] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['API', { names: ['api'] }, null, 'accepts'],
  ['db.shop.test', { names: ['*.shop.test'] }, null, 'accepts'],
  ['one.db.shop.test', { names: ['*.shop.test'] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['shop.test', { names: ['*.shop.test'] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['api', { names: ['api'], isAuthority: true, usages: [] }, null, 'accepts'],
  ['api', { names: ['web'], isAuthority: true, usages: [] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['127.0.0.1', { names: ['127.0.0.1'] }, null, 'accepts'],
  ['127.0.0.1', { names: ['DNS:127.0.0.1'] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['localhost', { names: ['api'] }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['api', { commonName: 'api' }, 'warning', 'accepts'],
  ['api', { commonName: 'web' }, 'error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
];

describe('what is said before anything starts is what a real server and a real client come to', () => {
  for (const [name, wanted, said, node] of rows) {
    it(`${name}: ${JSON.stringify(wanted)}`, async () => {
      const made = await credentials(wanted);
      const { problems } = lint(['.'], { cwd: treeOf(treeFor(name, made)) });
      assert.deepEqual(
        problems.map(({ code, severity }) => `${severity} ${code}`),
        said === null ? [] : [`${said} name-not-on-certificate`],
      );
      assert.equal(await outcome(name, made), node);
    });
  }
});

function treeFor(name: string, { cert, key }: Credentials): Record<string, string> {
  return {
    'compose.yaml': `services:
  server:
    image: example/server
    environment: { TLS_CERT: /certs/server.crt }
    volumes: [./certs:/certs]
    networks: { default: { aliases: [${name}] } }
    healthcheck: { test: "curl https://${name}:8443/" }
`,
    'certs/server.crt': cert,
    'certs/server.key': key,
  };
}

const loopback: LookupFunction = (_, { all }, done) => {
  if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

/** What a client of Node does with the certificate, that trusts who signed it and asks for the name. */
async function outcome(name: string, { cert, key, ca }: Credentials): Promise<string> {
  const server = createServer({ cert, key }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise((resolve) => {
      const request = get(`https://${name}:${port}/`, { ca, agent: false, lookup: loopback }, (response) => {
        response.resume().once('end', () => resolve('accepts'));
      });
      request.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    });
  } finally {
    server.close();
  }
}
