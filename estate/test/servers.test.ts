import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { check, exitCodeOf, type ProbeOptions } from '@altname/core';
import { createAuthority, daysFromNow } from '../src/authority.ts';
import { differences } from '../src/expectation.ts';
import { accepted, refused, type Expected } from '../src/server.ts';
import { caddy } from './programs/caddy.ts';
import { haproxy } from './programs/haproxy.ts';
import { nginx } from './programs/nginx.ts';
import { openssl } from './programs/openssl.ts';
import {
  isInstalled,
  run,
  type Certificates,
  type Ports,
  type Program,
  type RunningProgram,
} from './programs/program.ts';

const root = await createAuthority({
  name: 'Estate Root CA',
  subject: { CN: 'Estate Root CA', O: 'Estate Trust' },
});
const issuing = await root.intermediate({ name: 'E5', subject: { CN: 'E5', O: 'Estate Trust' } });
const certificates: Certificates = {
  provider: await issuing.issue({ names: ['default.provider.test'] }),
  api: await issuing.issue({ names: ['api.shop.test'] }),
  wild: await issuing.issue({ names: ['*.wild.test'] }),
  old: await issuing.issue({
    names: ['old.shop.test'],
    notBefore: daysFromNow(-93),
    notAfter: daysFromNow(-3),
  }),
  root: root.cert,
};

/** What is asked of a port, and the diagnosis by program: the same fault looks different from behind another server. */
type Case = readonly [
  port: keyof Ports,
  ask: string,
  options: ProbeOptions,
  expected: Readonly<Partial<Record<ProgramName, Expected>>>,
];
type ProgramName = 'nginx' | 'haproxy' | 'caddy' | 'openssl';

const programs: Record<ProgramName, Program> = { nginx, haproxy, caddy, openssl };
const ioredis: ProbeOptions = { client: 'ioredis' };

/** Whatever the server is. */
function all(expected: Expected): Record<ProgramName, Expected> {
  return { nginx: expected, haproxy: expected, caddy: expected, openssl: expected };
}

/** Servers that know `*.wild.test` and `old.shop.test`: s_server has two certificates and no more. */
function many(expected: Expected): Partial<Record<ProgramName, Expected>> {
  return { nginx: expected, haproxy: expected, caddy: expected };
}

const cases: readonly Case[] = [
  // s_server sends no chain with its second certificate.
  ['lenient', 'https://api.shop.test', {}, { ...all(accepted()), openssl: refused('intermediate-missing') }],
  ['lenient', 'https://API.shop.test', {}, many(accepted())],
  ['lenient', 'https://a.wild.test', {}, many(accepted())],
  // nginx takes *.wild.test for any depth; HAProxy for one label, and falls back; Caddy for one label, and refuses.
  [
    'lenient',
    'https://a.b.wild.test',
    {},
    {
      nginx: refused('wildcard-depth'),
      haproxy: refused('default-certificate'),
      caddy: refused('sni-refused'),
    },
  ],
  ['lenient', 'https://old.shop.test', {}, many(refused('expired'))],
  // Caddy answers an unknown name with alert 80, internal_error, although no name at all is fine.
  [
    'lenient',
    'https://new.shop.test',
    {},
    { ...all(refused('default-certificate')), caddy: refused('sni-refused') },
  ],
  [
    'lenient',
    'rediss://api.shop.test',
    ioredis,
    { ...many(refused('sni-not-sent')), openssl: refused('sni-not-sent') },
  ],
  ['lenient', 'https://api.shop.test', { hostHeader: 'localhost' }, all(refused('sni-from-host-header'))],
  [
    'lenient',
    'https://api.shop.test',
    { servername: 'api.shop.test', name: 'www.shop.test' },
    {
      nginx: refused('sni-differs-from-checked'),
      haproxy: refused('sni-differs-from-checked'),
      caddy: refused('sni-differs-from-checked'),
    },
  ],
  ['strict', 'https://api.shop.test', {}, many(accepted())],
  [
    'strict',
    'https://new.shop.test',
    {},
    // With alert 80 for everything, nobody can tell Caddy's refusal from a fault of its own.
    { ...all(refused('sni-refused')), caddy: refused('handshake-failed') },
  ],
  ['strict', 'rediss://api.shop.test', ioredis, many(refused('sni-required'))],
  ['bare', 'https://api.shop.test', {}, all(refused('intermediate-missing'))],
  // nginx takes any client and answers 400 in HTTP.
  [
    'mutual',
    'https://api.shop.test',
    {},
    { ...all(refused('client-certificate-required')), nginx: accepted() },
  ],
  [
    'mutual',
    'https://api.shop.test',
    { maxVersion: 'TLSv1.2' },
    { ...all(refused('client-certificate-required')), nginx: accepted() },
  ],
  ['plain', 'https://api.shop.test', {}, many(refused('not-tls'))],
];

for (const [key, program] of Object.entries(programs) as [ProgramName, Program][]) {
  const missing = !isInstalled(program);
  const needs = `needs ${program.name}: apt install ${program.package}`;
  const skip = missing && process.env['CI'] === undefined ? needs : false;
  describe(program.name, { skip }, () => {
    let running: RunningProgram;
    before(async () => {
      assert.ok(!missing, needs);
      running = await run(program, certificates);
    });
    after(() => running?.stop());
    for (const [port, ask, options, expected] of cases) {
      const wanted = expected[key];
      if (wanted === undefined) continue;
      const given = Object.keys(options).length === 0 ? '' : ` with ${JSON.stringify(options)}`;
      it(`${port}: ${ask}${given} is ${wanted.cause ?? 'accepted'}`, async () => {
        const connect = `127.0.0.1:${running.ports[port]}`;
        const diagnosis = await check(ask, { connect, ca: root.cert, ...options });
        const wrong = differences(diagnosis, exitCodeOf(diagnosis), wanted);
        assert.deepEqual(wrong, [], JSON.stringify(diagnosis.findings, null, 2));
      });
    }
  });
}
