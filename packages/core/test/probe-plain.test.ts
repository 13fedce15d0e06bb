import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { askPlain, type PlainAnswer } from '../src/probe/plain.ts';
import { Desk, skipWithout } from './daemon.ts';
import { createRoot, freePort, listen, listenTls, type Credentials } from './loopback.ts';

async function ask(port: number, patience = 300): Promise<PlainAnswer> {
  const { signal } = new AbortController();
  return await askPlain({ address: '127.0.0.1', port, patience, timeout: 3000, signal });
}

/** Says this when it is spoken to with something that fits. */
const replies =
  (greeting: string, answers: readonly (readonly [RegExp, string])[] = []) =>
  (socket: Socket): void => {
    if (greeting !== '') socket.write(Buffer.from(greeting, 'latin1'));
    socket.on('data', (chunk) => {
      const fitting = answers.find(([pattern]) => pattern.test(chunk.toString('latin1')));
      if (fitting !== undefined) socket.write(Buffer.from(fitting[1], 'latin1'));
    });
  };

const ehlo = /^EHLO /;
const servers: readonly (readonly [
  title: string,
  handle: (socket: Socket) => void,
  speaks: PlainAnswer['speaks'],
  sample: string,
])[] = [
  ['SSH', replies('SSH-2.0-OpenSSH_9.2p1\r\n'), 'ssh', 'SSH-2.0-OpenSSH_9.2p1'],
  ['SMTP by its word', replies('220 mail.test ESMTP Postfix\r\n'), 'smtp', '220 mail.test ESMTP Postfix'],
  ['SMTP on a host called ftp', replies('220 ftp.test ESMTP\r\n'), 'smtp', '220 ftp.test ESMTP'],
  [
    'SMTP by its answer',
    replies('220-mail.test\r\n220 hello\r\n', [[ehlo, '250 mail.test\r\n']]),
    'smtp',
    '220-mail.test',
  ],
  [
    'LMTP by its answer',
    replies('220 mail.test\r\n', [
      [ehlo, '500 no\r\n'],
      [/^LHLO /, '250-mail.test\r\n250 STARTTLS\r\n'],
    ]),
    'lmtp',
    '220 mail.test',
  ],
  ['LMTP by its word', replies('220 mail.test LMTP\r\n'), 'lmtp', '220 mail.test LMTP'],
  ['FTP by its word', replies('220 ProFTPD Server\r\n'), 'ftp', '220 ProFTPD Server'],
  [
    'FTP by its answer',
    replies('220 Welcome\r\n', [
      [ehlo, '530 log in\r\n'],
      [/^FEAT\r\n$/, '211-Features:\r\n AUTH TLS\r\n211 End\r\n'],
    ]),
    'ftp',
    '220 Welcome',
  ],
  ['220 and no more', replies('220 Welcome\r\n'), null, '220 Welcome'],
  ['IMAP', replies('* OK ready\r\n'), 'imap', '* OK ready'],
  ['POP3', replies('+OK ready\r\n'), 'pop3', '+OK ready'],
  ['Sieve', replies('"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK\r\n'), 'sieve', '"IMPLEMENTATION" "x"'],
  ['NNTP', replies('200 news.test ready\r\n'), 'nntp', '200 news.test ready'],
  ['NNTP without posting', replies('201 news.test\r\n'), 'nntp', '201 news.test'],
  [
    'Redis',
    replies('', [[/^GET /, "-ERR wrong number of arguments for 'get' command\r\n"]]),
    'redis',
    "-ERR wrong number of arguments for 'get' command",
  ],
  ['MySQL', replies('J\0\0\0\x0a8.0.36\0abcd'), 'mysql', 'J\\x00\\x00\\x00'],
  [
    'MySQL that refuses the host',
    replies("E\0\0\0\xffj\x04Host '127.0.0.1' is not allowed"),
    'mysql',
    "E\\x00\\x00\\x00ÿj\\x04Host '127.0.0.1' is not allowed",
  ],
  ['PostgreSQL', replies('', [[/^\0\0\0\x08\x04\xd2\x16\x2f$/, 'N']]), 'postgres', 'N'],
  [
    'PostgreSQL that refuses the host',
    replies('', [[/^\0\0\0\x08/, 'E\0\0\0\x50SFATAL\0C28000\0']]),
    'postgres',
    'E\\x00\\x00\\x00PSFATAL\\x00C28000\\x00',
  ],
  [
    'LDAP',
    replies('', [[/^\x30\x1d/, '0\x0c\x02\x01\x01x\x07\x0a\x01\x02\x04\0\x04\0']]),
    'ldap',
    '0\\x0c\\x02\\x01\\x01x\\x07',
  ],
  [
    'XMPP',
    replies('', [[/<stream:stream/, "<?xml version='1.0'?><stream:stream id='1'>"]]),
    'xmpp',
    "<?xml version='1.0'?><stream:stream id='1'>",
  ],
  [
    'HTTP',
    replies('', [[/^GET \/ HTTP/, 'HTTP/1.1 404 Not Found\r\n\r\n']]),
    'http',
    'HTTP/1.1 404 Not Found',
  ],
  ['a greeting of its own', replies('\x1b[2Jhello\r\n'), null, '\\x1b[2Jhello'],
  ['a word that begins like PostgreSQL', replies('Sorry\r\n'), null, 'Sorry'],
  ['an echo', (socket) => void socket.pipe(socket), null, 'GET / HTTP/1.0'],
  ['silence', (socket) => void socket.resume(), null, ''],
  ['nothing, and closes', (socket) => void socket.destroy(), null, ''],
  ['an alert of TLS', replies('', [[/./, '\x15\x03\x01\0\x02\x02\x46']]), null, ''],
];

describe('what a port speaks in plain text', { concurrency: 8 }, () => {
  for (const [title, handle, speaks, sample] of servers) {
    it(title, async () => {
      const server = await listen(handle);
      const answer = await ask(server.port);
      await server.close();
      assert.deepEqual(answer, { speaks, sample });
      assert.ok(server.taken() <= 5, `${server.taken()} connections`);
    });
  }

  it('is heard, however slowly it comes', async () => {
    const slow = await listen((socket) => {
      const timer = setTimeout(() => socket.write('220 mail.test ESMTP\r\n'), 500);
      socket.on('close', () => clearTimeout(timer)).resume();
    });
    assert.equal((await ask(slow.port, 900)).speaks, 'smtp');
    await slow.close();
    const drops = await listen((socket) => {
      const octets = [...'SSH-2.0-x\r\n'];
      const timer = setInterval(() => socket.write(octets.shift() ?? ''), 15);
      socket.on('close', () => clearInterval(timer)).resume();
    });
    assert.equal((await ask(drops.port, 500)).speaks, 'ssh');
    await drops.close();
  });

  it('is at most 100 characters of a first line', async () => {
    const server = await listen((socket) => void socket.resume().write(`${'x'.repeat(5000)}\r\nsecond`));
    const { sample } = await ask(server.port);
    await server.close();
    assert.equal(sample, `${'x'.repeat(100)}…`);
  });

  it('ends in time', async () => {
    const server = await listen((socket) => void socket.resume());
    const started = performance.now();
    const { signal } = new AbortController();
    await askPlain({ address: '127.0.0.1', port: server.port, patience: 5000, timeout: 200, signal });
    assert.ok(performance.now() - started < 400);
    const again = performance.now();
    const stop = AbortSignal.timeout(100);
    await askPlain({ address: '127.0.0.1', port: server.port, patience: 50, timeout: 5000, signal: stop });
    assert.ok(performance.now() - again < 300);
    await server.close();
  });
});

describe('a port that speaks TLS', () => {
  let leaf: Credentials;
  let desk: Desk;
  before(async () => {
    leaf = await (await createRoot()).issue({ names: ['shop.test'] });
    desk = await Desk.make();
  });
  after(() => desk.clear());

  it('of Node says nothing in plain text', async () => {
    const server = await listenTls({ cert: leaf.chain, key: leaf.key });
    assert.deepEqual(await ask(server.port), { speaks: null, sample: '' });
    await server.close();
  });

  it('of nginx is not mistaken for HTTP', { skip: skipWithout('nginx', 'nginx-light') }, async () => {
    const [secure, plain] = [await freePort(), await freePort()];
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const config = `
      daemon off; master_process off; pid ${desk.folder}/nginx.pid; error_log stderr;
      events { worker_connections 64; }
      http {
        access_log off;
        ${temporary.map((name) => `${name}_temp_path ${desk.folder};`).join('\n')}
        server { listen 127.0.0.1:${secure} ssl; ssl_certificate ${await desk.write('chain.pem', leaf.chain)};
                 ssl_certificate_key ${await desk.write('key.pem', leaf.key)}; }
        server { listen 127.0.0.1:${plain}; }
      }`;
    const file = await desk.write('nginx.conf', config);
    await desk.start([secure, plain], 'nginx', '-p', desk.folder, '-c', file);
    assert.deepEqual(await ask(secure), { speaks: null, sample: '' });
    assert.equal((await ask(plain)).speaks, 'http');
  });

  it('of OpenSSL says nothing in plain text', { skip: skipWithout('openssl', 'openssl') }, async () => {
    const port = await freePort();
    const files = [
      '-cert',
      await desk.write('one.pem', leaf.cert),
      '-key',
      await desk.write('one.key', leaf.key),
    ];
    await desk.start([port], 'openssl', 's_server', '-quiet', '-accept', `127.0.0.1:${port}`, ...files);
    assert.deepEqual(await ask(port), { speaks: null, sample: '' });
  });
});
