import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { checkServerIdentity, connect, type PeerCertificate } from 'node:tls';
import { clientNames, parseTarget, type ClientName, type ProbeOptions } from '../src/index.ts';
import { chooseNames } from '../src/probe/choose-names.ts';
import { createRoot, listenTls, type Issuer, type Listener } from './loopback.ts';

/** Which clients choose alike, as measured on the wire with each of them. */
const alike = {
  https: ['https', 'axios', 'got', 'node-fetch', 'superagent', 'http-proxy', 'httpxy', 'undici-proxy'],
  tunnel: ['https-proxy-agent'],
  undici: ['undici', 'elasticsearch'],
  fetch: ['fetch'],
  ws: ['ws', 'http2'],
  bare: ['nodemailer', 'mqtt', 'amqplib', 'mongodb', 'kafkajs', 'mysql2', 'imapflow'],
  socketed: ['postgres'],
  nameless: ['tls', 'ioredis', 'redis', 'ioredis-cluster', 'basic-ftp'],
  pg: ['pg'],
  grpc: ['grpc-js'],
  tds: ['tedious'],
} as const satisfies Record<string, readonly ClientName[]>;
type Kind = keyof typeof alike;

const web: readonly Kind[] = ['https', 'undici', 'fetch', 'ws', 'grpc'];
const all = Object.keys(alike) as Kind[];
const but = (...some: readonly Kind[]): Kind[] => all.filter((kind) => !some.includes(kind));

/** `value from`; `-` is no value. */
type Row = readonly [
  kinds: readonly Kind[],
  ask: string,
  options: ProbeOptions,
  sent: string,
  checked: string,
];

const pinned: ProbeOptions = { servername: 'pin.test' };
const header: ProbeOptions = { hostHeader: 'head.test:99' };
const headerIp: ProbeOptions = { hostHeader: '[::1]:99' };
const named: ProbeOptions = { name: 'name.test' };
const [dns, ip] = ['https://shop.test', 'https://192.0.2.7'];
const dnsUrl = 'shop.test url';
const ipUrl = '192.0.2.7 url';

const rows: readonly Row[] = [
  // nothing set
  [but('nameless'), dns, {}, dnsUrl, dnsUrl],
  [['nameless'], dns, {}, '- not-sent-by-client', dnsUrl],
  [but('grpc', 'tds', 'tunnel', 'socketed'), ip, {}, '- not-sent-for-ip', ipUrl],
  [['grpc', 'tds'], ip, {}, ipUrl, ipUrl],
  // only a socket is given to Node, and no name
  [['tunnel', 'socketed'], ip, {}, '- not-sent-for-ip', 'localhost default-localhost'],
  [
    ['tunnel', 'socketed'],
    ip,
    { connect: 'proxy.test:1' },
    '- not-sent-for-ip',
    'localhost default-localhost',
  ],
  [
    but('grpc', 'tds', 'tunnel', 'socketed'),
    'https://[2001:db8::1]',
    {},
    '- not-sent-for-ip',
    '2001:db8::1 url',
  ],
  [but('nameless'), 'shop.test:99', {}, 'shop.test target', 'shop.test target'],
  [but('nameless'), 'https://shop.test.', {}, 'shop.test. url', 'shop.test. url'],
  // servername: pg overwrites it with a DNS host
  [but('pg'), dns, pinned, 'pin.test option-servername', 'pin.test option-servername'],
  [['pg'], dns, pinned, dnsUrl, dnsUrl],
  [all, ip, pinned, 'pin.test option-servername', 'pin.test option-servername'],
  [all, ip, { servername: '192.0.2.7' }, '192.0.2.7 option-servername', '192.0.2.7 option-servername'],
  [but('pg'), dns, { servername: 'Pin.TEST.' }, 'Pin.TEST. option-servername', 'Pin.TEST. option-servername'],
  [all, dns, { servername: false }, '- switched-off', dnsUrl],
  [all, dns, { servername: '' }, '- switched-off', dnsUrl],
  // a Host header
  [['https', 'undici'], dns, header, 'head.test host-header', 'head.test host-header'],
  [['https', 'undici'], ip, header, 'head.test host-header', 'head.test host-header'],
  [['fetch', 'ws', 'bare', 'pg', 'grpc'], dns, header, dnsUrl, dnsUrl],
  [['nameless'], dns, header, '- not-sent-by-client', dnsUrl],
  [['https', 'undici'], dns, { hostHeader: 'Head.TEST' }, 'Head.TEST host-header', 'Head.TEST host-header'],
  // an address in it: node:https sends nothing then, undici goes on to the host
  [['https'], dns, headerIp, '- not-sent-for-ip', dnsUrl],
  [['undici', 'fetch', 'ws'], dns, headerIp, dnsUrl, dnsUrl],
  [['https', 'undici', 'fetch', 'ws'], ip, headerIp, '- not-sent-for-ip', ipUrl],
  // both: undici lets the Host header win
  [
    ['https', 'fetch', 'ws'],
    dns,
    { ...pinned, ...header },
    'pin.test option-servername',
    'pin.test option-servername',
  ],
  [['undici'], dns, { ...pinned, ...header }, 'head.test host-header', 'head.test host-header'],
  [web, dns, { ...pinned, ...headerIp }, 'pin.test option-servername', 'pin.test option-servername'],
  // no HTTP, no Host header
  [['https', 'undici', 'bare'], 'imaps://shop.test', header, dnsUrl, dnsUrl],
  [['https'], 'shop.test', { ...header, starttls: 'smtp' }, 'shop.test target', 'shop.test target'],
  // a name of one's own to check
  [but('nameless'), dns, named, dnsUrl, 'name.test option-name'],
  [but('grpc', 'tds', 'tunnel', 'socketed'), ip, named, '- not-sent-for-ip', 'name.test option-name'],
  [but('pg'), dns, { ...pinned, ...named }, 'pin.test option-servername', 'name.test option-name'],
  [['https'], dns, { ...header, ...named }, 'head.test host-header', 'name.test option-name'],
  // dialled somewhere else: the names stay
  [but('nameless'), dns, { connect: '127.0.0.1:1' }, dnsUrl, dnsUrl],
  [but('grpc', 'tds', 'tunnel', 'socketed'), ip, { connect: 'proxy.test:1' }, '- not-sent-for-ip', ipUrl],
];

/** What stands in the Host header, or in `:authority`. */
const hosts: readonly (readonly [
  kinds: readonly Kind[],
  ask: string,
  options: ProbeOptions,
  host: string,
])[] = [
  [web, dns, {}, dnsUrl],
  [web, 'https://shop.test:8443', {}, 'shop.test:8443 url'],
  [web, 'https://[2001:db8::1]', {}, '[2001:db8::1] url'],
  [web, 'https://[2001:db8::1]:1', {}, '[2001:db8::1]:1 url'],
  [web, 'shop.test:1', {}, 'shop.test:1 target'],
  [['https', 'undici', 'ws', 'grpc'], dns, header, 'head.test:99 host-header'],
  [['fetch'], dns, header, dnsUrl],
  [web, dns, pinned, dnsUrl],
  [['bare', 'nameless', 'pg'], dns, header, '- url'],
  [web, 'smtps://mail.test', header, '- url'],
  [web, 'mail.test', { ...header, starttls: 'imap' }, '- target'],
];

const shown = ({ value, from }: { value: string | null; from: string }): string => `${value ?? '-'} ${from}`;

describe('the names a client chooses', () => {
  it('are known for every client', () => {
    assert.deepEqual(Object.values(alike).flat().toSorted(), [...clientNames].toSorted());
  });

  for (const [kinds, ask, options, sent, checked] of rows) {
    for (const client of kinds.flatMap((kind) => alike[kind])) {
      it(`${client} ${ask} ${JSON.stringify(options)}: sends ${sent}, checks ${checked}`, () => {
        const names = chooseNames(parseTarget(ask, options.starttls), { ...options, client });
        assert.equal(shown(names.sent), sent);
        assert.equal(shown(names.checked), checked);
        assert.equal(names.asked.value, parseTarget(ask).host);
      });
    }
  }

  for (const [kinds, ask, options, host] of hosts) {
    for (const client of kinds.flatMap((kind) => alike[kind])) {
      it(`${client} ${ask} ${JSON.stringify(options)}: Host is ${host}`, () => {
        const names = chooseNames(parseTarget(ask, options.starttls), { ...options, client });
        assert.equal(shown(names.host), host);
      });
    }
  }

  it('without a client are those of node:https', () => {
    for (const options of [{}, pinned, header, headerIp, { ...pinned, ...header }]) {
      for (const ask of [dns, ip]) {
        const target = parseTarget(ask);
        assert.deepEqual(chooseNames(target, options), chooseNames(target, { ...options, client: 'https' }));
      }
    }
  });
});

describe('what the clients of this Node do on the wire', () => {
  let root: Issuer;
  let server: Listener;
  let sni: string | null;

  before(async () => {
    root = await createRoot();
    const { chain, key } = await root.issue({ names: ['unused.test'] });
    const note = (name: string, done: (error: null) => void): void => {
      sni = name;
      done(null);
    };
    server = await listenTls({ cert: chain, key, SNICallback: note, ALPNProtocols: ['h2', 'http/1.1'] });
  });
  after(() => server.close());

  /** The server name on the wire, and the name handed to the check. */
  type Seen = readonly [sent: string | null, checked: string | null];
  type Client = (host: string, servername: string | undefined, header: string | undefined) => Promise<Seen>;

  const clients: Record<'https' | 'http2' | 'tls', Client> = {
    https: (host, servername, hostHeader) =>
      seen((options, done) => {
        const headers = hostHeader === undefined ? {} : { host: hostHeader };
        request({ host, port: server.port, headers, agent: false, ...pinnedTo(servername), ...options })
          .on('error', done)
          .end();
      }),
    http2: (host, servername) =>
      seen((options, done) => {
        const place = host.includes(':') ? `[${host}]` : host;
        connectHttp2(`https://${place}:${server.port}`, { ...pinnedTo(servername), ...options }).on(
          'error',
          done,
        );
      }),
    tls: (host, servername) =>
      seen((options, done) => {
        connect({ host, port: server.port, ...pinnedTo(servername), ...options }).on('error', done);
      }),
  };

  const pinnedTo = (servername: string | undefined): { servername?: string } =>
    servername === undefined ? {} : { servername };

  interface CheckOptions {
    readonly ca: string;
    readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  }

  /** The certificate fits no name: every client ends with the error of the check. */
  async function seen(start: (options: CheckOptions, done: () => void) => void): Promise<Seen> {
    let checked: string | null = null;
    sni = null;
    const check = (host: string, certificate: PeerCertificate): Error | undefined => {
      checked = host;
      return checkServerIdentity(host, certificate);
    };
    await new Promise<void>((resolve) => start({ ca: root.cert, checkServerIdentity: check }, resolve));
    return [sni, checked];
  }

  for (const client of Object.keys(clients) as (keyof typeof clients)[]) {
    for (const host of ['localhost', '127.0.0.1']) {
      // http2 takes '' as not set. Whoever says `servername: false` to altname means it.
      for (const servername of client === 'http2' ? [undefined, 'pin.test'] : [undefined, '', 'pin.test']) {
        for (const hostHeader of client === 'https'
          ? [undefined, 'Head.test:99', '127.0.0.1:99']
          : [undefined]) {
          const set = JSON.stringify({ servername, hostHeader });
          it(`${client} to ${host} with ${set}`, async () => {
            const [sent, checked] = await clients[client](host, servername, hostHeader);
            const names = chooseNames(parseTarget(`https://${host}`), {
              client,
              ...pinnedTo(servername),
              ...(hostHeader === undefined ? {} : { hostHeader }),
            });
            assert.deepEqual([names.sent.value, names.checked.value], [sent, checked]);
          });
        }
      }
    }
  }

  it('fetch drops a Host header', async () => {
    for (const headers of [{}, { host: 'head.test' }]) {
      sni = null;
      await assert.rejects(fetch(`https://localhost:${server.port}/`, { headers }));
      assert.equal(
        sni,
        chooseNames(parseTarget('https://localhost'), { client: 'fetch', hostHeader: 'head.test' }).sent
          .value,
      );
    }
  });
});
