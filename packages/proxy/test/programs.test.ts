import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import type { ConnectionRecord } from '@altname/proxy';
import { scratch, testAuthority } from './authority.ts';
import { clientCertificate } from './client-certificate.ts';
import { absent, freePort, run, serve } from './program.ts';
import { startProxy } from './proxy-server.ts';
import { startTcpUpstream } from './tcp-upstream.ts';
import { echo, startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('db.test', 'api.test');
const own = await clientCertificate();
const dir = await scratch();
const root = join(dir, 'root.pem');
const pair = join(dir, 'pair.pem');
const certificate = join(dir, 'cert.pem');
const key = join(dir, 'key.pem');
await Promise.all([
  writeFile(root, authority.root),
  writeFile(certificate, identity.cert),
  writeFile(key, identity.key),
  writeFile(pair, identity.cert + identity.key),
  writeFile(join(dir, 'own.pem'), `${own.cert}\n${own.key}`),
]);
const app = await startUpstream(
  { ...identity, requestCert: true, rejectUnauthorized: false, ca: own.cert },
  echo,
);
const database = await startTcpUpstream(identity);
const haproxy = absent('haproxy', 'haproxy', '-v');
const nginx = absent('nginx', 'nginx-light', '-v');
const curl = absent('curl', 'curl');
/** An address of loopback that is not the one everybody has. */
const elsewhere = '127.0.0.9';

describe('passthrough, as real clients see it', () => {
  const proxy = startProxy({
    upstreams: { app: { to: app.url.replace('https:', 'tcp:') }, database: { to: database.url } },
    routes: [
      { host: 'api.test', tls: 'passthrough', to: 'app' },
      { host: 'db.test', tls: 'passthrough', to: 'database' },
    ],
  });

  it('openssl s_client', { skip: absent('openssl', 'openssl', 'version') }, async () => {
    const { port } = await proxy;
    const words = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      root,
      '-quiet',
      '-verify_return_error',
    ];
    const request = 'GET /x HTTP/1.0\r\n\r\n';
    const names = ['-servername', 'api.test', '-verify_hostname', 'api.test'];
    for (const version of ['-tls1_2', '-tls1_3']) {
      const told = await run('openssl', [...words, ...names, version, '-ign_eof'], request);
      assert.match(told, /"url":"\/x"/);
    }
    assert.match(await run('openssl', [...words, '-servername', 'other.test']), /alert number 112/);
    assert.match(await run('openssl', [...words, '-noservername']), /alert number 109/);
  });

  it('curl, with a certificate of its own and 3 MiB', { skip: curl }, async () => {
    const { port, connections } = await proxy;
    const body = join(dir, 'body');
    await writeFile(body, Buffer.alloc(3 << 20, 'x'));
    const url = `https://api.test:${port}/up`;
    const told = await run('curl', [
      ...['-sS', '--cacert', root, '--cert', join(dir, 'own.pem'), '--resolve', `api.test:${port}:127.0.0.1`],
      ...['--data-binary', `@${body}`, '-w', '%{http_code} %{size_download}', '-o', join(dir, 'got'), url],
    ]);
    assert.match(told, /^200 31\d{5}$/);
    const isLarge = ({ bytesUp, bytesDown }: ConnectionRecord): boolean =>
      Math.min(bytesUp, bytesDown) > 3 << 20;
    await settled(() => connections.some(isLarge));
    const record = connections.find(isLarge);
    assert.deepEqual(record?.alpn, ['h2', 'http/1.1']);
  });

  it('gnutls-cli', { skip: absent('gnutls-cli', 'gnutls-bin') }, async () => {
    const { port } = await proxy;
    const told = await run('gnutls-cli', [
      ...['--x509cafile', root, '--sni-hostname', 'db.test', '--verify-hostname', 'db.test'],
      ...['-p', String(port), '127.0.0.1'],
    ]);
    assert.match(told, /Handshake was completed/);
    assert.match(told, /db\.test: /);
  });
});

describe('the PROXY protocol', () => {
  const proxyProtocol = { from: ['127.0.0.0/8'] };
  const upstreams = { api: { to: app.url, name: 'api.test', ca: authority.root } };

  it('of curl', { skip: curl }, async () => {
    const { port, records } = await startProxy({ upstreams, tls: identity, proxyProtocol });
    const told = await run('curl', [
      ...['-sS', '--haproxy-protocol', '--cacert', root, '--resolve', `api.test:${port}:127.0.0.1`],
      ...['--interface', elsewhere, `https://api.test:${port}/`],
    ]);
    assert.match(told, /"url":"\/"/);
    assert.equal(records[0]?.client, elsewhere);
  });

  for (const version of ['send-proxy', 'send-proxy-v2']) {
    it(
      `of HAProxy, ${version}, for TLS that ends here and for what is passed through`,
      { skip: haproxy },
      async () => {
        const { port, records, connections } = await startProxy({
          upstreams: { ...upstreams, database: { to: database.url } },
          tls: identity,
          proxyProtocol: { from: ['127.0.0.1'] },
          routes: [{ host: 'db.test', tls: 'passthrough', to: 'database' }, { to: 'api' }],
        });
        const front = await freePort();
        const config = join(dir, `${version}.cfg`);
        await writeFile(config, haproxySender(front, port, version));
        await serve('haproxy', ['-f', config, '-db'], front);
        assert.match(await from(elsewhere, front, 'api.test', 'GET /h HTTP/1.0\r\n\r\n'), /"url":"\/h"/);
        assert.equal(await from(elsewhere, front, 'db.test', 'hello'), 'db.test: hello');
        await settled(() => records.length === 1 && connections.some(({ upstream }) => upstream !== null));
        assert.equal(records[0]?.client, elsewhere);
        assert.equal(connections.find(({ upstream }) => upstream !== null)?.client, elsewhere);
      },
    );
  }

  it('of nginx', { skip: nginx }, async () => {
    const { port, records } = await startProxy({
      upstreams,
      tls: identity,
      proxyProtocol: { from: ['127.0.0.1'] },
    });
    const front = await freePort();
    const stream = `stream { server { listen 127.0.0.1:${front}; proxy_pass 127.0.0.1:${port}; proxy_protocol on; } }`;
    await serveNginx('sender', front, stream);
    assert.match(await from(elsewhere, front, 'api.test', 'GET /n HTTP/1.0\r\n\r\n'), /"url":"\/n"/);
    assert.equal(records.at(-1)?.client, elsewhere);
  });

  for (const version of ['v1', 'v2'] as const) {
    it(`${version} to HAProxy`, { skip: haproxy }, async () => {
      const behind = await freePort();
      const config = join(dir, `receiver-${version}.cfg`);
      await writeFile(config, haproxyReceiver(behind));
      await serve('haproxy', ['-f', config, '-db'], behind);
      const { port } = await startProxy({
        upstreams: { tcp: { to: `tcp://127.0.0.1:${behind}`, proxyProtocol: version } },
        routes: [{ tls: 'passthrough', to: 'tcp' }],
      });
      const told = await from(elsewhere, port, 'api.test', 'GET / HTTP/1.0\r\n\r\n');
      assert.match(told, version === 'v1' ? /\r\n127\.0\.0\.9 \d+ $/ : /\r\n127\.0\.0\.9 \d+ api\.test$/);
    });

    it(`${version} to nginx`, { skip: nginx }, async () => {
      const behind = await freePort();
      await serveNginx(
        `receiver-${version}`,
        behind,
        `http { access_log off; server { listen 127.0.0.1:${behind} ssl proxy_protocol; ssl_certificate ${certificate};
          ssl_certificate_key ${key}; return 200 "$proxy_protocol_addr for $proxy_protocol_server_port"; } }`,
      );
      const { port } = await startProxy({
        upstreams: { tcp: { to: `tcp://127.0.0.1:${behind}`, proxyProtocol: version } },
        routes: [{ tls: 'passthrough', to: 'tcp' }],
      });
      const told = await from(elsewhere, port, 'api.test', 'GET / HTTP/1.0\r\n\r\n');
      assert.match(told, new RegExp(`\r\n127\\.0\\.0\\.9 for ${port}$`));
    });
  }
});

/** What a client of TLS at this address is told until the end. */
async function from(localAddress: string, port: number, servername: string, said: string): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress });
  const secure = tls.connect({ socket, servername, ca: authority.root });
  await once(secure, 'secureConnect');
  if (said.includes('\r\n')) secure.write(said);
  else secure.end(said);
  const chunks: Buffer[] = [];
  for await (const chunk of secure) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function settled(isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !isDone(); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function haproxySender(front: number, to: number, version: string): string {
  return `defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${front}
  default_backend b
backend b
  server s 127.0.0.1:${to} ${version}
`;
}

function haproxyReceiver(port: number): string {
  return `defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${port} accept-proxy ssl crt ${pair}
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[fc_pp_authority]"
`;
}

async function serveNginx(name: string, port: number, block: string): Promise<void> {
  const prefix = join(dir, name);
  await mkdir(join(prefix, 'logs'), { recursive: true });
  await chmod(dir, 0o755);
  const config = join(prefix, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((each) => `${each}_temp_path ${prefix}/${each};`)
    .join(' ');
  const module = block.startsWith('stream') ? 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;' : '';
  await writeFile(
    config,
    `${module} daemon off; master_process off; pid ${prefix}/pid; error_log stderr; events {}
${block.replace('http {', `http { ${temporary}`)}\n`,
  );
  await serve('nginx', ['-e', 'stderr', '-p', prefix, '-c', config], port);
}
