import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { clientProfiles } from '@altname/core';
import { createAuthority } from '../src/authority.ts';
import { alert } from '../src/behaviour/alert.ts';
import { listen } from '../src/behaviour/listener.ts';
import { skipWithout, startReal, type Real } from '../src/real/index.ts';
import { startSink } from '../src/recipes/sink.ts';
import { assertFaults } from './programs/assert-faults.ts';
import { faultsFor, targets, type Authorities, type Said } from './programs/http-faults.ts';
import { proxyClients, tunnels, type ProxyClient } from './programs/http-proxies.ts';
import {
  assertMends,
  assertSaid,
  bothWays,
  fileName,
  fixCode,
  tooOld,
  writeMarked,
} from './programs/http-watched.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// The two legs of a connection through a proxy, Squid: to the proxy, when it is spoken to over TLS, and through it to
// the target. Each has its own names, its own faults, and its own options to mend them by.

const proxyName = 'proxy.shop.test';
const [major = 0] = process.versions.node.split('.').map(Number);

let authorities: Authorities;
let folder: ProgramFolder;
let plain: Real;
let secure: Real;

const skip = skipWithout('squid');

before(async () => {
  if (skip !== false) return;
  authorities = {
    known: await createAuthority({ name: 'Known CA' }),
    unknown: await createAuthority({ name: 'Unknown CA' }),
  };
  folder = await ProgramFolder.make(authorities.known.cert);
  const hosts = Object.fromEntries(targets.map((name) => [name, '127.0.0.1']));
  const certificate = await authorities.known.issue({ names: [proxyName] });
  [plain, secure] = await Promise.all([
    startReal('squid', certificate, { hosts, tls: false }),
    startReal('squid', certificate, { hosts }),
  ]);
});

after(async () => {
  if (skip === false) await Promise.all([plain.stop(), secure.stop(), folder.remove()]);
});

describe('the preload through a proxy: the target', { concurrency: 3, skip }, () => {
  for (const client of tunnels) {
    for (const scheme of ['http', 'https'] as const) {
      it(`${client.title}, ${scheme}:`, { skip: tooOld(client), timeout: 60_000 }, async (t) => {
        const proxy = scheme === 'http' ? `127.0.0.1:${plain.port}` : `${proxyName}:${secure.port}`;
        // For an address it gives Node neither host nor server name: Node goes on to the host of the socket beneath.
        const forgets = client.client === 'https-proxy-agent';
        const socketHost = forgets ? (scheme === 'http' ? 'localhost' : proxyName) : null;
        const faults = await faultsFor(client, authorities, socketHost);
        try {
          const env = { HTTPS_PROXY: `${scheme}://${proxy}` };
          await assertFaults(t, folder, client, faults.all, { leg: 'origin', env });
        } finally {
          await faults.close();
        }
      });
    }
  }
});

describe('the preload through a proxy: the proxy itself', { concurrency: 3, skip }, () => {
  for (const client of proxyClients) {
    it(client.title, { skip: tooOld(client), timeout: 60_000 }, (t) => assertProxyLeg(t, client));
  }
});

interface ProxyFault {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly said: Omit<Said, 'asked' | 'sent' | 'checked' | 'host'> & Partial<Pick<Said, 'sent'>>;
}

async function assertProxyLeg(t: TestContext, client: ProxyClient): Promise<void> {
  const { known, unknown } = authorities;
  const [target = ''] = targets;
  const sink = await startSink('http', await known.issue({ names: [target] }));
  const untrusted = await startSink('silence', await unknown.issue({ names: ['www.bank.test'] }));
  const refusing = await listen(alert('unrecognized_name'));
  const recipe = clientProfiles[client.client].expectProxyName?.({ name: proxyName }) ?? null;
  // Node 26 throws for an address as server name: then no certificate has come, and no name to expect is known.
  const throws = client.sentToAddress[0] !== null && major >= 26;
  const faults: readonly ProxyFault[] = [
    {
      name: 'a wrong name',
      host: 'squid.shop.test',
      port: secure.port,
      said: { cause: 'name-mismatch', who: 'issuer', recipe: null, mends: false },
    },
    {
      name: 'an unknown CA and a wrong name',
      host: proxyName,
      port: untrusted.port,
      said: { cause: 'issuer-unknown', also: ['name-mismatch'], who: 'client', recipe: null, mends: false },
    },
    {
      name: 'an alert',
      host: proxyName,
      port: refusing.port,
      said: { cause: 'sni-refused', who: 'server', recipe: null, mends: false },
    },
    {
      name: 'an address, and a certificate for a name',
      host: '127.0.0.1',
      port: secure.port,
      said: throws
        ? { cause: 'sni-is-ip', sent: client.sentToAddress, who: 'client', recipe: null, mends: false }
        : { cause: 'ip-not-on-certificate', sent: client.sentToAddress, who: 'issuer', recipe, mends: true },
    },
  ];
  try {
    const url = `https://${target}:${sink.port}/pay`;
    const program = await writeMarked(folder, fileName(`${client.title} proxy`), client.program(url));
    for (const { name, host, port, said } of faults) {
      await t.test(name, async (sub) => {
        const env = { HTTPS_PROXY: `https://${host}:${port}` };
        const { diagnoses } = await bothWays(folder, [program.file], 1, { env });
        const [diagnosis] = diagnoses;
        assert.equal(diagnoses.length, 1, `${diagnoses.length} diagnoses`);
        assert.ok(diagnosis !== undefined);
        const named = { asked: [host, 'url'], sent: [host, 'url'], checked: [host, 'url'] } as const;
        assertSaid(
          diagnosis,
          client,
          { ...named, host: [`${host}:${port}`, 'url'], ...said },
          program.callSites[0],
        );
        assert.equal(diagnosis.app?.leg, 'proxy');
        assert.deepEqual([diagnosis.names.dialled.host, diagnosis.names.dialled.port], [host, port]);
        assert.equal(sink.seen.received, '', 'nothing came through');
        if (!said.mends) return;
        await sub.test('the code that is printed mends it', () =>
          assertMends(folder, fixCode(diagnosis) ?? '', client, sink, { env: { ...env, TARGET_URL: url } }),
        );
      });
    }
  } finally {
    for (const each of [sink, untrusted]) each.close();
    await refusing.close();
  }
}
