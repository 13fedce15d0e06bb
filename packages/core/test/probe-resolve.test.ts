import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { after, before, describe, it } from 'node:test';
import { check, probe, type ProbeOptions } from '../src/index.ts';
import {
  aliasPath,
  hostsFileNames,
  resolveHost,
  systemSearchDomain,
  type ResolveOptions,
} from '../src/probe/resolve.ts';
import { startDns, type DnsServer, type Zone } from './dns-server.ts';
import {
  createRoot,
  freePort,
  listen,
  listenTls,
  tlsHandler,
  type Issuer,
  type Listener,
} from './loopback.ts';

const zone: Zone = {
  'one.test': ['127.0.0.1'],
  'many.test': ['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'],
  'six.test': ['::1'],
  'empty.test': [],
  'alias.test': 'middle.test',
  'middle.test': 'Far.CDN.test'.toLowerCase(),
  'far.cdn.test': ['127.0.0.1'],
  'self.test': 'self.test',
  'round.test': 'about.test',
  'about.test': 'round.test',
  'dangling.test': 'gone.test',
  'long0.test': 'long1.test',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`long${i + 1}.test`, `long${i + 2}.test`])),
  'strange.test': 'a b.test',
  'silent.test': null,
  'fails.test': 'SERVFAIL',
  'refuses.test': 'REFUSED',
  // search domains
  'db.corp.test': ['127.0.0.1'],
  'db.other.test': ['127.0.0.2'],
  'api.one.corp.test': ['127.0.0.1'],
  'one.test.corp.test': ['127.0.0.9'],
  'slow.silent.test': null,
};

let dns: DnsServer;
before(async () => {
  dns = await startDns(zone);
});
after(() => dns.close());

const never = new AbortController().signal;
const asking = (more: Partial<ResolveOptions> = {}): ResolveOptions => ({
  dnsServers: [dns.server],
  searchDomains: [],
  ndots: 1,
  signal: never,
  ...more,
});

describe('a host', () => {
  const corp = ['corp.test', 'other.test'];
  const rows: readonly (readonly [
    host: string,
    options: Partial<ResolveOptions>,
    addresses: readonly string[],
    searchDomain: string | null,
  ])[] = [
    ['one.test', {}, ['127.0.0.1'], null],
    ['one.test.', {}, ['127.0.0.1'], null],
    ['many.test', {}, ['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'], null],
    ['many.test', { family: 4 }, ['127.0.0.1', '127.0.0.2', '127.0.0.3'], null],
    ['many.test', { family: 6 }, ['::1'], null],
    ['six.test', {}, ['::1'], null],
    ['alias.test', {}, ['127.0.0.1'], null],
    ['127.0.0.7', {}, ['127.0.0.7'], null],
    ['::1', {}, ['::1'], null],
    // search domains, in their order
    ['db', { searchDomains: corp }, ['127.0.0.1'], 'corp.test'],
    ['db', { searchDomains: corp.toReversed() }, ['127.0.0.2'], 'other.test'],
    ['db', { searchDomains: ['none.test', 'corp.test.'] }, ['127.0.0.1'], 'corp.test.'],
    ['api.one', { searchDomains: corp }, ['127.0.0.1'], 'corp.test'],
    // ndots: with a dot the name itself comes first, with ndots 5 as in Kubernetes it does not
    ['one.test', { searchDomains: corp }, ['127.0.0.1'], null],
    ['one.test', { searchDomains: corp, ndots: 2 }, ['127.0.0.9'], 'corp.test'],
    ['one.test', { searchDomains: ['other.test'], ndots: 5 }, ['127.0.0.1'], null],
    ['one.test.', { searchDomains: corp, ndots: 5 }, ['127.0.0.1'], null],
  ];
  for (const [host, options, addresses, searchDomain] of rows) {
    it(`${host} with ${JSON.stringify(options)} is ${addresses}`, async () => {
      const found = await resolveHost(host, asking(options));
      assert.deepEqual([...found.addresses].toSorted(), [...addresses].toSorted());
      assert.equal(found.searchDomain, searchDomain);
      assert.equal(found.error, null);
      assert.equal(found.from, /^[\d.]+$|:/.test(host) ? 'literal' : 'dns');
    });
  }

  const failures: readonly (readonly [host: string, options: Partial<ResolveOptions>, code: string])[] = [
    ['no-such-name.test', {}, 'ENOTFOUND'],
    ['empty.test', {}, 'ENOTFOUND'],
    ['one.test', { family: 6 }, 'ENOTFOUND'],
    ['dangling.test', {}, 'ENOTFOUND'],
    ['db', {}, 'ENOTFOUND'],
    ['db.', { searchDomains: corp }, 'ENOTFOUND'],
    ['nowhere', { searchDomains: corp }, 'ENOTFOUND'],
    ['fails.test', {}, 'ESERVFAIL'],
    ['refuses.test', {}, 'EREFUSED'],
  ];
  for (const [host, options, code] of failures) {
    it(`${host} with ${JSON.stringify(options)} has no address: ${code}`, async () => {
      const { addresses, error } = await resolveHost(host, asking(options));
      assert.deepEqual([addresses, error?.code], [[], code]);
      assert.match(error?.message ?? '', new RegExp(host.replace('.', '\\.')));
    });
  }

  it('in a circle of aliases has no address, and it takes no time to find that out', async () => {
    const started = performance.now();
    for (const host of ['self.test', 'round.test']) {
      assert.deepEqual((await resolveHost(host, asking())).addresses, []);
    }
    assert.ok(performance.now() - started < 1000);
  });

  it('is given up when the signal says so', async () => {
    for (const [host, options] of [
      ['silent.test', {}],
      // A search domain that hangs must not take its time again and again.
      ['slow', { searchDomains: ['silent.test', 'silent.test', 'silent.test'] }],
    ] as const) {
      const started = performance.now();
      const { addresses, error } = await resolveHost(
        host,
        asking({ ...options, signal: AbortSignal.timeout(200) }),
      );
      assert.deepEqual([addresses, error?.code], [[], 'ETIMEOUT']);
      assert.ok(performance.now() - started < 400);
    }
    const { error } = await resolveHost('one.test', asking({ signal: AbortSignal.abort() }));
    assert.equal(error?.code, 'ETIMEOUT');
  });

  it('of loopback is never asked of a DNS server', async () => {
    const asked = dns.asked.length;
    for (const host of ['localhost', 'localhost.']) {
      const found = await resolveHost(host, asking());
      assert.ok(found.addresses.every((address) => ['127.0.0.1', '::1'].includes(address)));
      // Not every system knows it with a dot.
      if (host === 'localhost') assert.ok(found.addresses.length > 0);
    }
    assert.equal(dns.asked.length, asked);
  });

  it('is what dns.lookup gives where no server is named', async () => {
    const expected = await lookup('localhost', { all: true });
    const { addresses, from } = await resolveHost('localhost', asking({ dnsServers: [] }));
    assert.deepEqual(
      addresses,
      expected.map(({ address }) => address),
    );
    assert.equal(from, 'dns');
  });
});

describe('the aliases of a host', () => {
  const paths: Record<string, readonly string[]> = {
    'one.test': [],
    'alias.test': ['middle.test', 'far.cdn.test'],
    'alias.test.': ['middle.test', 'far.cdn.test'],
    'dangling.test': ['gone.test'],
    'self.test': [],
    'round.test': ['about.test'],
    'long0.test': Array.from({ length: 8 }, (_, i) => `long${i + 1}.test`),
    'strange.test': [],
    'no-such-name.test': [],
    'fails.test': [],
    localhost: [],
    '127.0.0.1': [],
  };
  for (const [host, path] of Object.entries(paths)) {
    it(`${host}: ${path.join(', ') || 'none'}`, async () => {
      assert.deepEqual(await aliasPath(host, asking()), path);
    });
  }

  it('are as many as were found when the signal came', async () => {
    const started = performance.now();
    assert.deepEqual(await aliasPath('silent.test', asking({ signal: AbortSignal.timeout(150) })), []);
    assert.ok(performance.now() - started < 350);
    assert.deepEqual(await aliasPath('alias.test', asking({ signal: AbortSignal.abort() })), []);
  });
});

describe('the search domain that answered', () => {
  const domains = ['other.test', 'corp.test'];
  for (const [host, addresses, domain] of [
    ['db', ['127.0.0.1'], 'corp.test'],
    ['db', ['127.0.0.2'], 'other.test'],
    ['db', ['127.0.0.3'], null],
    // The name exists, and yet the address came from below a search domain: ndots.
    ['one.test', ['127.0.0.9'], 'corp.test'],
    ['one.test', ['127.0.0.1'], null],
    ['one.test.', ['127.0.0.9'], null],
    ['localhost', ['127.0.0.1'], null],
    ['nowhere', ['127.0.0.1'], null],
  ] as const) {
    it(`of ${host} at ${addresses} is ${domain}`, async () => {
      assert.equal(await systemSearchDomain(host, addresses, asking(), domains), domain);
    });
  }

  it('is none where there is none to search', async () => {
    assert.equal(await systemSearchDomain('db', ['127.0.0.1'], asking(), []), null);
  });
});

describe('the hosts file', () => {
  it('holds localhost', async (test) => {
    const names = await hostsFileNames();
    if (names.size === 0) return test.skip('this machine has no hosts file');
    assert.ok(names.has('localhost'));
    for (const name of names) assert.equal(name, name.toLowerCase());
    return undefined;
  });
});

describe('a probe by DNS', () => {
  let root: Issuer;
  let server: Listener;
  let elsewhere: Listener;
  before(async () => {
    root = await createRoot();
    const [right, wrong] = await Promise.all([
      root.issue({ names: ['alias.test', 'many.test', 'db.corp.test'] }),
      root.issue({ names: ['wrong.test'] }),
    ]);
    server = await listenTls({ cert: right.chain, key: right.key });
    elsewhere = await listen(tlsHandler({ cert: wrong.chain, key: wrong.key }), '127.0.0.2', server.port);
  });
  after(() => Promise.all([server.close(), elsewhere.close()]));

  const ask = async (host: string, more: ProbeOptions = {}): ReturnType<typeof probe> =>
    await probe(`https://${host}:${server.port}`, {
      dnsServers: [dns.server],
      ca: root.cert,
      timeout: 3000,
      ...more,
    });

  it('knows every address, and the path of aliases', async () => {
    const { names, attempts } = await ask('many.test', { family: 4 });
    assert.deepEqual([...names.dialled.addresses].toSorted(), ['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    // Dialled in the order of the answer: the first that takes the connection.
    const others = attempts.filter(({ purpose }) => purpose === 'other-address');
    assert.equal(others.length, 2);
    assert.deepEqual([...others, attempts[0]].map((attempt) => attempt?.address).toSorted(), [
      '127.0.0.1',
      '127.0.0.2',
      '127.0.0.3',
    ]);
    const alias = await ask('alias.test');
    assert.deepEqual(alias.names.dialled.cnames, ['middle.test', 'far.cdn.test']);
  });

  it('tries the names a refused host is an alias of', async () => {
    const { attempts } = await ask('alias.test', { name: 'refused.test' });
    const sent = attempts.filter(({ purpose }) => purpose === 'alias-name').map((attempt) => attempt.sent);
    assert.deepEqual(sent, ['middle.test', 'far.cdn.test']);
  });

  it('names the search domain', async () => {
    const { names } = await ask('db', { searchDomains: ['corp.test'] });
    assert.deepEqual([names.dialled.searchDomain, names.dialled.address], ['corp.test', '127.0.0.1']);
  });

  it('says where the address came from', async () => {
    const from = async (host: string, more: ProbeOptions): Promise<string> => {
      const { names } = await probe(`https://${host}:${server.port}`, { timeout: 3000, ...more });
      return names.dialled.from;
    };
    assert.equal(await from('one.test', { dnsServers: [dns.server] }), 'dns');
    assert.equal(await from('127.0.0.1', {}), 'literal');
    assert.equal(await from('one.test', { connect: `127.0.0.1:${server.port}` }), 'connect-option');
    const inFile = (await hostsFileNames()).has('localhost');
    assert.equal(await from('localhost', {}), inFile ? 'hosts-file' : 'dns');
  });

  for (const [host, options, kind, cause] of [
    ['no-such-name.test', {}, 'unreachable', 'dns-not-found'],
    ['fails.test', {}, 'unreachable', 'dns-not-found'],
    ['six.test', { family: 4 }, 'unreachable', 'dns-not-found'],
    ['127.0.0.1', { family: 6 }, 'unreachable', 'dns-not-found'],
    ['silent.test', { timeout: 400 }, 'timeout', 'dns-not-found'],
  ] as const) {
    it(`of ${host} with ${JSON.stringify(options)} ends in time: ${kind}`, async () => {
      const started = performance.now();
      const diagnosis = await check(`https://${host}`, {
        dnsServers: [dns.server],
        timeout: 3000,
        ...options,
      });
      assert.deepEqual([diagnosis.attempts.length, diagnosis.attempts[0]?.outcome.kind], [1, kind]);
      assert.deepEqual([diagnosis.verdict, diagnosis.cause?.code], ['unreachable', cause]);
      const limit = 'timeout' in options ? options.timeout : 1500;
      assert.ok(performance.now() - started < limit + 200);
    });
  }

  it('does not wait for a dead address once another is accepted', async () => {
    const hole = await listen((socket) => void socket.resume(), '127.0.0.3', server.port);
    const started = performance.now();
    const { attempts } = await ask('many.test', { family: 4, timeout: 20_000 });
    await hole.close();
    const own = attempts[0]?.outcome;
    assert.equal(own?.kind, 'handshake');
    assert.ok(performance.now() - started < 3000, 'two seconds for the others, and no more');
  });

  it('dials each address when nobody is there', async () => {
    const port = await freePort();
    const { attempts } = await probe(`https://many.test:${port}`, {
      dnsServers: [dns.server],
      timeout: 3000,
    });
    assert.ok(attempts.every(({ outcome }) => outcome.kind === 'refused' || outcome.kind === 'unreachable'));
    assert.equal(attempts.length, 4);
  });
});
