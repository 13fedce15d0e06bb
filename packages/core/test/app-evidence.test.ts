import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { FindingCode } from '../src/diagnosis/catalogue.ts';
import { clientNames, clientProfiles } from '../src/diagnosis/clients/index.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import type { Actor, Certainty, Diagnosis } from '../src/diagnosis/diagnosis.ts';
import type { AppFacts, ChosenName, Dialled, Outcome } from '../src/diagnosis/evidence.ts';
import { assertSafeAdvice, obeyed, weakening, withoutRemovals } from './advice.ts';
import { alert, certificate, closed, evidence, shown, spoke, type EvidenceSpec } from './evidence.ts';

// What a program sees of its own connection: one attempt, and which option, header or default chose each name.

const provider = certificate({ dns: ['*.webhost.test', 'webhost.test'] });
const ingress = certificate({
  subject: { CN: 'Kubernetes Ingress Controller Fake Certificate', O: 'Acme Co' },
  dns: ['ingress.local'],
  by: 'itself',
});
const api = certificate({ dns: ['api.shop.test'] });
const redis = certificate({ dns: ['redis.shop.test'] });
const db = certificate({ dns: ['db.shop.test'] });
const proxy = certificate({ dns: ['gateway.shop.test'] });

/** A handshake whose certificate has not the name that Node compared. */
function wrongName(leaf: Parameters<typeof shown>[0], checked: string, chainError?: string): Outcome {
  return shown(leaf, {
    nameError: `Host: ${checked}. is not in the cert's altnames: …`,
    ...(chainError === undefined ? {} : { chainError }),
  });
}

const noHeader: ChosenName = { value: null, from: 'option-host' };
const sentByNobody: ChosenName = { value: null, from: 'not-sent-by-client' };

/** A client of a protocol without a Host header. */
function driver(client: EvidenceSpec['client'], asked: string, port: number, own: Outcome): EvidenceSpec {
  return { asked, client: client ?? null, host: noHeader, own, dialled: { port, addresses: [] }, app: {} };
}

/** A cluster that was asked by name, and whose node was dialled by the address it announced. */
function announced(client: EvidenceSpec['client'], leaf = redis): EvidenceSpec {
  const node: Partial<Dialled> = {
    host: '10.0.1.6',
    address: '10.0.1.6',
    port: 7001,
    from: 'literal',
    addresses: [],
  };
  return {
    ...driver(
      client,
      'redis.shop.test',
      7001,
      shown(leaf, { nameError: "IP: 10.0.1.6 is not in the cert's list: " }),
    ),
    dialled: node,
    sent: sentByNobody,
    checked: { value: '10.0.1.6', from: 'option-host' },
  };
}

function header(client: EvidenceSpec['client'], value: string, sent: string, own: Outcome): EvidenceSpec {
  return {
    asked: 'api.shop.test',
    client: client ?? null,
    sent: { value: sent, from: 'host-header' },
    host: { value, from: 'host-header' },
    own,
    app: {},
  };
}

interface Expected {
  readonly cause: FindingCode | null;
  /** The first fix. */
  readonly fix: readonly [who: Actor, sure: Certainty, title: RegExp, code: RegExp | null];
  /** Findings beside the cause. */
  readonly also?: readonly FindingCode[];
  /** A fix further down. */
  readonly offers?: RegExp;
  /** What the sentence of the cause says. */
  readonly says?: RegExp;
}

const table: Readonly<Record<string, readonly [EvidenceSpec, Expected]>> = {
  'https: the header was sent, and the certificate has the name that was asked for': [
    header('https', 'localhost:3000', 'localhost', wrongName(api, 'localhost')),
    {
      cause: 'sni-from-host-header',
      fix: [
        'client',
        'certain',
        /set the server name to api\.shop\.test and keep the Host header/,
        /servername: 'api\.shop\.test'/,
      ],
      says: /localhost was sent and checked instead of api\.shop\.test, for which the server has a certificate/,
    },
  ],
  'axios: the header was sent, and the default certificate came': [
    header('axios', 'shop.test', 'shop.test', wrongName(ingress, 'shop.test', 'DEPTH_ZERO_SELF_SIGNED_CERT')),
    {
      cause: 'sni-from-host-header',
      fix: ['client', 'likely', /keep the Host header/, /import axios/],
      says: /shop\.test was sent and checked instead of api\.shop\.test\.$/,
    },
  ],
  'undici: the header was sent, and the server refused it by alert 112': [
    header('undici', 'shop.test', 'shop.test', alert(112)),
    { cause: 'sni-from-host-header', fix: ['client', 'likely', /keep the Host header/, /from 'undici'/] },
  ],
  'got: the header was sent, and the server refused it by alert 40': [
    header('got', 'shop.test', 'shop.test', alert(40)),
    { cause: 'sni-from-host-header', fix: ['client', 'likely', /keep the Host header/, /import got/] },
  ],
  'got 13: its code has no option of got that came later': [
    {
      ...header('got', 'shop.test', 'shop.test', alert(40)),
      app: { library: 'got@13.0.0' },
    },
    {
      cause: 'sni-from-host-header',
      fix: ['client', 'likely', /keep the Host header/, /agent: \{ https: new Agent\(\{ servername/],
    },
  ],
  'https: an address was asked for, and the certificate has it': [
    {
      asked: '127.0.0.1',
      client: 'https',
      sent: { value: 'shop.test', from: 'host-header' },
      host: { value: 'shop.test', from: 'host-header' },
      own: wrongName(certificate({ ip: ['127.0.0.1'] }), 'shop.test'),
      app: {},
    },
    { cause: 'sni-from-host-header', fix: ['client', 'certain', /leave the Host header out/, null] },
  ],
  'http-proxy: the incoming Host header was sent': [
    header('http-proxy', 'localhost:8000', 'localhost', wrongName(api, 'localhost')),
    {
      cause: 'sni-from-host-header',
      fix: ['client', 'certain', /^set changeOrigin: true, so that http-proxy/, /changeOrigin: true/],
    },
  ],
  'http-proxy: the incoming Host header is an address, and none was sent': [
    {
      ...header('http-proxy', '127.0.0.1:3000', '', wrongName(provider, 'localhost')),
      asked: 'localhost',
      dialled: { port: 9443 },
      sent: { value: null, from: 'not-sent-for-ip' },
      checked: { value: 'localhost', from: 'option-host' },
    },
    {
      cause: 'sni-from-host-header',
      fix: [
        'client',
        'likely',
        /^set changeOrigin: true/,
        /target: 'https:\/\/localhost:9443\/?',\n {2}changeOrigin: true/,
      ],
      says: /\(127\.0\.0\.1:3000\) silently took the place of localhost, .*no server name was sent/,
    },
  ],
  'httpxy: the incoming Host header is an address, and the server hung up on no name': [
    {
      ...header('httpxy', '[::1]:3000', '', alert(112)),
      sent: { value: null, from: 'not-sent-for-ip' },
      checked: { value: 'api.shop.test', from: 'option-host' },
    },
    { cause: 'sni-from-host-header', fix: ['client', 'likely', /^set changeOrigin: true/, /from 'httpxy'/] },
  ],
  'http-proxy: the Host header is an address, but the certificate is nearly right': [
    {
      ...header(
        'http-proxy',
        '127.0.0.1:3000',
        '',
        wrongName(certificate({ dns: ['*.test.test', '*.shop.test'] }), 'a.api.shop.test'),
      ),
      asked: 'a.api.shop.test',
      sent: { value: null, from: 'not-sent-for-ip' },
      checked: { value: 'a.api.shop.test', from: 'option-host' },
    },
    {
      cause: 'wildcard-depth',
      fix: ['issuer', 'certain', /DNS:\*\.api\.shop\.test/, null],
      also: ['sni-from-host-header'],
    },
  ],
  ...Object.fromEntries(
    (
      [
        ['ioredis', 'rediss', 6379, /new Redis\([^]*servername: 'redis\.shop\.test'/],
        ['redis', 'rediss', 6379, /from 'redis'[^]*servername: 'redis\.shop\.test'/],
        ['basic-ftp', 'ftp', 21, /from 'basic-ftp'[^]*servername: 'redis\.shop\.test'/],
        ['tls', 'tls', 443, /from 'node:tls'[^]*servername: 'redis\.shop\.test'/],
      ] as const
    ).map(([client, , port, code]) => [
      `${client}: none was sent, and another site's certificate came`,
      [
        {
          ...driver(client, 'redis.shop.test', port, wrongName(provider, 'redis.shop.test')),
          sent: sentByNobody,
        },
        {
          cause: 'sni-not-sent',
          fix: ['client', 'likely', /send and check redis\.shop\.test$/, code],
          // One attempt shows no more: a server may have no other certificate.
          says: /sent no server name \(SNI\), so the server could not choose .* nothing in common with redis\.shop\.test; likely, but not for certain, it has another/,
          offers: /^issue a certificate whose subjectAltName has DNS:redis\.shop\.test$/,
        },
      ] satisfies [EvidenceSpec, Expected],
    ]),
  ),
  'ioredis: none was sent, and a self-signed default certificate came': [
    {
      ...driver(
        'ioredis',
        'redis.shop.test',
        6379,
        wrongName(ingress, 'redis.shop.test', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      ),
      sent: sentByNobody,
    },
    {
      cause: 'sni-not-sent',
      fix: ['client', 'likely', /send and check redis\.shop\.test$/, /servername: 'redis\.shop\.test'/],
      also: ['self-signed'],
    },
  ],
  'ioredis: none was sent, but the self-signed certificate has the name': [
    {
      ...driver(
        'ioredis',
        'redis.shop.test',
        6379,
        shown(certificate({ dns: ['redis.shop.test'], by: 'itself' }), {
          chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        }),
      ),
      sent: sentByNobody,
    },
    { cause: 'self-signed', fix: ['issuer', 'likely', /from a CA that the clients trust/, null] },
  ],
  'ioredis: none was sent, but the certificate is of the same house': [
    {
      ...driver('ioredis', 'redis.shop.test', 6379, wrongName(db, 'redis.shop.test')),
      sent: sentByNobody,
    },
    {
      cause: 'name-mismatch',
      fix: ['issuer', 'likely', /DNS:redis\.shop\.test/, null],
      also: ['sni-not-sent'],
    },
  ],
  'ioredis: the server answers nobody without a name': [
    { ...driver('ioredis', 'redis.shop.test', 6379, alert(40)), sent: sentByNobody },
    { cause: 'sni-required', fix: ['client', 'likely', /send and check redis\.shop\.test$/, /servername/] },
  ],
  'redis: the server hung up, which may be for want of a name': [
    { ...driver('redis', 'redis.shop.test', 6379, closed), sent: sentByNobody },
    {
      cause: 'reset',
      fix: ['server', 'likely', /its own log|server’s own log/, null],
      also: ['sni-required'],
    },
  ],
  'tls: an empty servername, and another site came': [
    {
      ...driver('tls', 'api.shop.test', 443, wrongName(provider, 'api.shop.test')),
      sent: { value: null, from: 'switched-off' },
    },
    {
      cause: 'sni-not-sent',
      fix: ['client', 'likely', /send and check api\.shop\.test$/, /servername: 'api/],
    },
  ],
  'tls: none was sent to localhost, and a trusted certificate for another name came': [
    { ...driver('tls', 'localhost', 5433, wrongName(db, 'localhost')), sent: sentByNobody },
    {
      cause: 'sni-not-sent',
      fix: ['client', 'likely', /send and check localhost$/, /servername: 'localhost'/],
    },
  ],
  'ioredis Cluster: a node by the address it announced': [
    announced('ioredis-cluster'),
    {
      cause: 'ip-not-on-certificate',
      fix: [
        'client',
        'likely',
        /send and check redis\.shop\.test$/,
        /host: 'redis\.shop\.test', port: 7001[^]*servername: 'redis\.shop\.test'/,
      ],
      says: /^10\.0\.1\.6 \(announced by the nodes behind redis\.shop\.test\) is an address/,
    },
  ],
  'kafkajs: a broker by the address it announced, with a certificate for another name': [
    announced('kafkajs', certificate({ dns: ['broker-1.internal.test'] })),
    { cause: 'ip-not-on-certificate', fix: ['server', 'likely', /advertised\.listeners/, null] },
  ],
  'mongodb: a member of the replica set by its address': [
    announced('mongodb', certificate({ ip: ['10.0.1.7'] })),
    { cause: 'ip-not-on-certificate', fix: ['server', 'likely', /replica set/, null] },
  ],
  'https: an address, and no name of the user’s own': [
    {
      asked: '10.0.1.6',
      client: 'https',
      own: shown(db, { nameError: "IP: 10.0.1.6 is not in the cert's list: " }),
      app: {},
    },
    { cause: 'ip-not-on-certificate', fix: ['issuer', 'likely', /IP:10\.0\.1\.6/, null] },
  ],
  'Postgres.js: to an address, with a name on the certificate': [
    {
      ...driver('postgres', '10.0.1.6', 5432, wrongName(db, 'localhost')),
      checked: { value: 'localhost', from: 'default-localhost' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: ['client', 'likely', /check the address itself: ssl: \{ host: '10\.0\.1\.6' \}/, null],
    },
  ],
  'Postgres.js: to an address that the certificate has': [
    {
      ...driver('postgres', '10.0.1.6', 5432, wrongName(certificate({ ip: ['10.0.1.6'] }), 'localhost')),
      checked: { value: 'localhost', from: 'default-localhost' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: ['client', 'certain', /check the address itself/, null],
    },
  ],
  'mysql2: verifyIdentity and an address': [
    {
      ...driver('mysql2', '10.0.1.6', 3306, wrongName(db, 'localhost')),
      checked: { value: 'localhost', from: 'default-localhost' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: [
        'client',
        'needs-your-values',
        /send and check db\.shop\.test, still dialling 10\.0\.1\.6/,
        /mysql2/,
      ],
    },
  ],
  'tls: a socket without a host, made to a name': [
    {
      ...driver('tls', 'db.shop.test', 5432, wrongName(db, 'localhost')),
      sent: sentByNobody,
      checked: { value: 'localhost', from: 'default-localhost' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: ['client', 'likely', /send and check db\.shop\.test/, /servername: 'db\.shop\.test'/],
    },
  ],
  'https-proxy-agent: an address behind the proxy': [
    {
      asked: '10.0.1.6',
      client: 'https-proxy-agent',
      checked: { value: 'localhost', from: 'default-localhost' },
      own: wrongName(db, 'localhost'),
      app: { library: 'axios@1.21.1', leg: 'origin' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: ['client', 'needs-your-values', /send and check db\.shop\.test/, /HttpsProxyAgent/],
      says: /; this is the connection through the proxy\.$/,
    },
  ],
  'https-proxy-agent: an address behind a TLS proxy, whose own name was checked': [
    {
      asked: '10.0.1.6',
      client: 'https-proxy-agent',
      checked: { value: 'gateway.shop.test', from: 'default-localhost' },
      own: wrongName(db, 'gateway.shop.test'),
      app: { leg: 'origin' },
    },
    {
      cause: 'checked-defaulted-to-localhost',
      fix: ['client', 'needs-your-values', /send and check db\.shop\.test/, /HttpsProxyAgent/],
      says: /checked gateway\.shop\.test, the host of the socket beneath, which nobody asked for/,
    },
  ],
  'undici ProxyAgent: a proxy with an address': [
    {
      asked: '10.0.1.6',
      client: 'undici-proxy',
      sent: { value: '10.0.1.6', from: 'url' },
      own: alert(112),
      app: { leg: 'proxy' },
    },
    {
      cause: 'sni-is-ip',
      fix: [
        'client',
        'needs-your-values',
        /in new ProxyAgent\(\{ proxyTls: \{ servername \} \}\), or connect to the proxy by name instead of 10\.0\.1\.6/,
        null,
      ],
    },
  ],
  'https-proxy-agent: the name of the target was sent to the proxy': [
    {
      asked: 'gateway.shop.test',
      client: 'https-proxy-agent',
      sent: { value: 'api.shop.test', from: 'option-servername' },
      own: wrongName(proxy, 'api.shop.test'),
      app: { library: 'axios@1.21.1', leg: 'proxy' },
    },
    {
      cause: 'name-mismatch',
      fix: [
        'client',
        'certain',
        /send and check gateway\.shop\.test for the proxy$/,
        /HTTPS_PROXY[^]*servername: 'gateway\.shop\.test'/,
      ],
      says: /; this is the connection to the proxy itself\.$/,
    },
  ],
  'undici ProxyAgent: a proxy with a certificate of its own CA': [
    {
      asked: 'gateway.shop.test',
      client: 'undici-proxy',
      own: shown(proxy, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
      app: { leg: 'proxy' },
    },
    {
      cause: 'issuer-unknown',
      // The recipe that adds a CA is for the target.
      fix: ['client', 'needs-your-values', /trust the CA that issued it/, null],
      says: /proxy itself/,
    },
  ],
  'ioredis: one servername for several hosts': [
    {
      ...driver(
        'ioredis',
        'node-2.cache.test',
        6379,
        wrongName(certificate({ dns: ['node-2.cache.test'] }), 'node-1.cache.test'),
      ),
      sent: { value: 'node-1.cache.test', from: 'option-servername' },
      servernameAlsoFor: ['node-1.cache.test'],
    },
    {
      cause: 'pinned-servername-reused',
      fix: ['client', 'likely', /send and check node-2\.cache\.test/, /servername/],
    },
  ],
  'ioredis Cluster: one servername for several addresses that have certificates of their own': [
    {
      ...driver(
        'ioredis-cluster',
        '10.0.1.7',
        6379,
        wrongName(certificate({ ip: ['10.0.1.7'] }), 'node-1.cache.test'),
      ),
      sent: { value: 'node-1.cache.test', from: 'option-servername' },
      servernameAlsoFor: ['10.0.1.6'],
    },
    { cause: 'pinned-servername-reused', fix: ['client', 'likely', /per host, not once/, null] },
  ],
  'https: a servername option for another site than the URL': [
    {
      asked: 'api.shop.test',
      client: 'https',
      sent: { value: 'app.store.test', from: 'option-servername' },
      own: wrongName(api, 'app.store.test'),
      app: {},
    },
    {
      cause: 'name-mismatch',
      fix: ['client', 'certain', /send and check api\.shop\.test$/, /servername: 'api\.shop\.test'/],
    },
  ],
  'https: a servername option for another site than the URL, and the certificate has neither': [
    {
      asked: 'api.shop.test',
      client: 'https',
      sent: { value: 'app.store.test', from: 'option-servername' },
      own: wrongName(provider, 'app.store.test'),
      app: {},
    },
    {
      cause: 'name-mismatch',
      fix: ['issuer', 'likely', /DNS:app\.store\.test/, null],
      offers: /^or make node:https send and check api\.shop\.test, as it was asked for$/,
    },
  ],
  'tls: a servername behind a tunnel, and the certificate has neither': [
    {
      ...driver('tls', 'localhost', 5433, wrongName(provider, 'db.shop.test')),
      sent: { value: 'db.shop.test', from: 'option-servername' },
    },
    {
      cause: 'name-mismatch',
      fix: ['issuer', 'likely', /DNS:db\.shop\.test/, null],
      offers: /^or correct the host, if another server was meant$/,
    },
  ],
  'tls: a servername with a port': [
    {
      ...driver('tls', 'api.shop.test', 443, wrongName(api, 'api.shop.test:443')),
      sent: { value: 'api.shop.test:443', from: 'option-servername' },
    },
    {
      cause: 'sni-not-normal',
      fix: ['client', 'certain', /send and check api\.shop\.test$/, /servername: 'api\.shop\.test'/],
    },
  ],
  'https: a URL with a dot at the end of its host, which the server does not know': [
    { asked: 'api.shop.test.', client: 'https', own: wrongName(provider, 'api.shop.test'), app: {} },
    {
      cause: 'sni-not-normal',
      fix: ['client', 'likely', /send and check api\.shop\.test/, /servername: 'api\.shop\.test'/],
      says: /and this one did not; api\.shop\.test is its normal form\.$/,
    },
  ],
  'https: a wildcard one level too shallow': [
    {
      asked: 'a.b.shop.test',
      client: 'https',
      own: wrongName(certificate({ dns: ['*.shop.test'] }), 'a.b.shop.test'),
      app: {},
    },
    { cause: 'wildcard-depth', fix: ['issuer', 'certain', /DNS:\*\.b\.shop\.test/, null] },
  ],
  'ioredis: a wildcard one level too shallow, and none was sent': [
    {
      ...driver(
        'ioredis',
        'a.b.shop.test',
        6379,
        wrongName(certificate({ dns: ['*.shop.test'] }), 'a.b.shop.test'),
      ),
      sent: sentByNobody,
    },
    {
      cause: 'wildcard-depth',
      fix: ['issuer', 'certain', /DNS:\*\.b\.shop\.test/, null],
      also: ['sni-not-sent'],
    },
  ],
  'grpc-js: an address as server name, on Node 26': [
    {
      ...driver('grpc-js', '10.0.1.6', 50051, {
        kind: 'client-refused',
        error: { code: 'ERR_INVALID_ARG_VALUE', message: "The property 'options.servername' …" },
      }),
      sent: { value: '10.0.1.6', from: 'option-host' },
      node: 'v26.10.0',
    },
    {
      cause: 'sni-is-ip',
      fix: ['client', 'needs-your-values', /name to expect in grpc\.ssl_target_name_override/, null],
      also: ['node-version-hazard'],
      says: /^@grpc\/grpc-js's server name is the address 10\.0\.1\.6/,
    },
  ],
  'https: an IPv6 address that this Node does not match': [
    {
      asked: '2001:db8::6',
      client: 'https',
      node: 'v22.23.3',
      own: shown(certificate({ ip: ['2001:db8::6'] }), { nameError: 'Cert does not contain a DNS name' }),
      app: {},
    },
    {
      cause: 'refused-only-by-this-node',
      fix: ['client', 'likely', /another Node version/, null],
      also: ['node-version-hazard'],
    },
  ],
  'fetch: a private CA': [
    {
      asked: 'api.shop.test',
      client: 'fetch',
      own: shown(api, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
      app: {},
    },
    {
      cause: 'issuer-unknown',
      fix: ['client', 'needs-your-values', /trust the CA that issued it/, /rootCertificates/],
    },
  ],
  'fetch: expired': [
    {
      asked: 'api.shop.test',
      client: 'fetch',
      own: shown(certificate({ dns: ['api.shop.test'], notAfter: '2026-11-20T00:00:00.000Z' }), {
        chainError: 'CERT_HAS_EXPIRED',
      }),
      app: {},
    },
    { cause: 'expired', fix: ['server', 'certain', /renew the certificate/, null] },
  ],
  'nodemailer: TLS at once on a port for STARTTLS': [
    driver('nodemailer', 'mail.shop.test', 587, spoke(null, '')),
    {
      cause: 'starttls-needed',
      fix: ['client', 'likely', /requireTLS: true in nodemailer\), or port 465/, null],
    },
  ],
  'redis: TLS to a server without': [
    driver('redis', 'redis.shop.test', 6379, spoke(null, '')),
    {
      cause: 'not-tls',
      fix: ['client', 'likely', /the port that speaks TLS/, null],
      says: /speaks plain Redis/,
    },
  ],
  'https: no TLS': [
    { asked: 'localhost', client: 'https', dialled: { port: 3000 }, own: spoke(null, ''), app: {} },
    { cause: 'not-tls', fix: ['client', 'likely', /the port that speaks TLS/, null] },
  ],
  'https: the server wants a client certificate, after the handshake': [
    {
      asked: 'api.shop.test',
      client: 'https',
      own: shown(api, {
        asksForClientCertificate: null,
        alertAfter: { number: 116, name: 'certificate_required' },
      }),
      app: {},
    },
    { cause: 'client-certificate-required', fix: ['client', 'needs-your-values', /cert and key/, null] },
  ],
  'https: the server refused the name': [
    { asked: 'new.shop.test', client: 'https', own: alert(112), app: {} },
    {
      cause: 'sni-refused',
      fix: ['server', 'likely', /virtual host and certificate for new\.shop\.test/, null],
    },
  ],
  'https: an old protocol': [
    { asked: 'old.shop.test', client: 'https', own: alert(70), app: {} },
    { cause: 'protocol-version', fix: ['server', 'certain', /TLS 1\.[23]/, null] },
  ],
  'https: closed in the handshake': [
    { asked: 'api.shop.test', client: 'https', own: closed, app: {} },
    { cause: 'reset', fix: ['server', 'likely', /own log/, null] },
  ],
  'https: some other error': [
    {
      asked: 'api.shop.test',
      client: 'https',
      own: { kind: 'error', error: { code: 'ERR_SSL_BAD_EXTENSION', message: 'bad extension' } },
      app: {},
    },
    { cause: 'handshake-failed', fix: ['server', 'likely', /own log/, null] },
  ],
  'mysql2: no name is compared, and it is another': [
    {
      ...driver(
        'mysql2',
        'db.shop.test',
        3306,
        wrongName(certificate({ dns: ['old.shop.test'] }), 'db.shop.test'),
      ),
      app: { library: 'mysql2@3.24.6', verification: 'name-not-checked' },
    },
    {
      cause: 'name-mismatch',
      fix: ['issuer', 'likely', /DNS:db\.shop\.test/, null],
      also: ['verification-disabled-hides'],
    },
  ],
  'https: switched off, over a private CA': [
    {
      asked: 'api.shop.test',
      client: 'https',
      own: shown(api, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
      app: { verification: 'off-by-option' },
    },
    {
      cause: 'issuer-unknown',
      fix: ['client', 'needs-your-values', /trust the CA/, /rootCertificates/],
      also: ['verification-disabled-hides'],
    },
  ],
  'ioredis: switched off, because no name was sent': [
    {
      ...driver(
        'ioredis',
        'redis.shop.test',
        6379,
        wrongName(ingress, 'redis.shop.test', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      ),
      sent: sentByNobody,
      app: { verification: 'off-by-option' },
    },
    {
      cause: 'sni-not-sent',
      fix: ['client', 'likely', /send and check redis\.shop\.test/, /servername/],
      also: ['verification-disabled-hides', 'self-signed'],
    },
  ],
  'https: switched off for nothing': [
    { asked: 'api.shop.test', client: 'https', own: shown(api), app: { verification: 'off-by-environment' } },
    {
      cause: null,
      fix: ['client', 'certain', /^remove the variable NODE_TLS_REJECT_UNAUTHORIZED from wherever/, null],
      also: ['verification-disabled'],
    },
  ],
  'mysql2: no name is compared, and it would fit': [
    {
      ...driver('mysql2', 'db.shop.test', 3306, shown(db)),
      app: { library: 'mysql2@3.24.6', verification: 'name-not-checked' },
    },
    {
      cause: null,
      fix: ['client', 'certain', /^have mysql2 compare the name$/, /verifyIdentity: true/],
      also: ['identity-check-disabled'],
    },
  ],
};

describe('one attempt, seen inside the program', () => {
  for (const [name, [spec, expected]] of Object.entries(table)) {
    it(name, () => {
      const each = evidence(spec);
      assert.equal(each.attempts.length, 1);
      const diagnosis = diagnose(each);
      const codes = diagnosis.findings.map(({ code }) => code);
      assert.equal(diagnosis.cause?.code ?? null, expected.cause, `${codes}`);
      for (const code of expected.also ?? []) assert.ok(codes.includes(code), `no ${code} in ${codes}`);
      const [who, sure, title, code] = expected.fix;
      const fix = diagnosis.fixes[0];
      assert.ok(fix);
      assert.deepEqual([fix.who, fix.sure], [who, sure], fix.title);
      assert.match(fix.title, title);
      if (code === null) assert.equal(fix.code, null);
      else assert.match(fix.code ?? '', code);
      const { offers } = expected;
      if (offers !== undefined) assert.ok(diagnosis.fixes.some((one) => offers.test(one.title)));
      if (expected.says !== undefined) assert.match(diagnosis.cause?.message ?? '', expected.says);
      assertSafeAdvice(each, diagnosis.fixes);
      for (const { message } of diagnosis.findings) assert.doesNotMatch(withoutRemovals(message), weakening);
    });
  }
});

describe('each client', () => {
  for (const name of clientNames) {
    const profile = clientProfiles[name];
    const ownCode = profile.package === null ? /from 'node:/ : new RegExp(`from '${profile.package}['/]`);
    const facts = { library: profile.package === null ? null : `${profile.package}@1.0.0` };

    it(`${name}: a servername option for another name than was asked`, () => {
      const { cause, fixes } = diagnose(
        evidence({
          ...driver(name, 'api.shop.test', 8443, wrongName(api, 'app.store.test')),
          sent: { value: 'app.store.test', from: 'option-servername' },
          app: facts,
        }),
      );
      assert.equal(cause?.code, 'name-mismatch');
      assert.equal(fixes[0]?.sure, 'certain');
      assert.match(fixes[0]?.title ?? '', /send and check api\.shop\.test$/);
      assert.match(fixes[0]?.code ?? '', ownCode);
    });

    it(`${name}: no server name, and the certificate of another site`, () => {
      const { cause, fixes } = diagnose(
        evidence({
          ...driver(name, 'api.shop.test', 8443, wrongName(provider, 'api.shop.test')),
          sent: sentByNobody,
          app: facts,
        }),
      );
      assert.equal(cause?.code, 'sni-not-sent');
      assert.ok(cause.message.startsWith(`${profile.title} sent no server name (SNI), so `), cause.message);
      assert.match(fixes[0]?.code ?? '', ownCode);
    });

    it(`${name}: an address`, () => {
      const { cause } = diagnose(
        evidence({
          ...driver(
            name,
            '10.0.1.6',
            8443,
            shown(db, { nameError: "IP: 10.0.1.6 is not in the cert's list: " }),
          ),
          app: facts,
        }),
      );
      assert.equal(cause?.code, 'ip-not-on-certificate');
    });

    it(`${name}: localhost in place of an address`, () => {
      const { cause, fixes } = diagnose(
        evidence({
          ...driver(name, '10.0.1.6', 8443, wrongName(db, 'localhost', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')),
          checked: { value: 'localhost', from: 'default-localhost' },
          app: facts,
        }),
      );
      assert.equal(cause?.code, 'checked-defaulted-to-localhost');
      assert.ok(!fixes.some(({ title }) => title.includes('db.shop.test')), 'the name of a stranger');
      assert.ok(fixes.some((fix) => fix.for === cause.code));
    });

    if (profile.hostHeader !== 'becomes-server-name') continue;
    it(`${name}: the Host header became the server name`, () => {
      const { cause, fixes } = diagnose(
        evidence({ ...header(name, 'localhost:3000', 'localhost', wrongName(api, 'localhost')), app: facts }),
      );
      assert.equal(cause?.code, 'sni-from-host-header');
      assert.equal(fixes[0]?.sure, 'certain');
      assert.match(fixes[0]?.code ?? '', ownCode);
    });
  }
});

describe('what is hidden stands right behind its cause', () => {
  const hidden = Object.entries(table)
    .map(([name, [spec]]) => [name, diagnose(evidence(spec))] as const)
    .filter(([, { findings }]) => findings.some(({ code }) => code === 'verification-disabled-hides'));

  it('in some of the table', () => assert.ok(hidden.length >= 3));

  for (const [name, { findings, fixes, verdict }] of hidden) {
    it(name, () => {
      assert.equal(verdict, 'refused', 'what a default Node would do');
      assert.equal(findings[1]?.code, 'verification-disabled-hides');
      const order = fixes.map((fix) => fix.for);
      const at = order.indexOf('verification-disabled-hides');
      assert.ok(at > 0 && at > order.lastIndexOf(findings[0]?.code ?? 'reset'), `${order}`);
      assert.equal(order.lastIndexOf('verification-disabled-hides'), at, 'once');
      assert.match(fixes[at]?.title ?? '', /^once the cause is mended, (?:remove|have) /);
    });
  }
});

test('without app facts, the same single attempt proves nothing', () => {
  for (const name of [
    'axios: the header was sent, and the default certificate came',
    "ioredis: none was sent, and another site's certificate came",
    'https: a URL with a dot at the end of its host, which the server does not know',
  ]) {
    const row = table[name];
    assert.ok(row, name);
    const { app: _, ...outside } = row[0];
    const finding = diagnose(evidence(outside)).findings.find(({ code }) => code.startsWith('sni-'));
    assert.equal(finding?.severity, 'warning', name);
  }
});

test('a server that was not told the name has perhaps no other certificate, and that is offered second', () => {
  const spec = {
    ...driver('ioredis', 'redis.shop.test', 6379, wrongName(provider, 'redis.shop.test')),
    sent: sentByNobody,
  };
  const other = certificate({ dns: ['other.test'] });
  const again = (outcome: Outcome) => {
    const further = [{ purpose: 'asked-name', sent: 'redis.shop.test', outcome }] as const;
    return diagnose(evidence({ ...spec, further }));
  };
  const alone = diagnose(evidence(spec)).fixes.map(({ who, sure, title }) => [who, sure, title] as const);
  assert.deepEqual(alone, [
    ['client', 'likely', 'make ioredis send and check redis.shop.test'],
    ['issuer', 'likely', 'issue a certificate whose subjectAltName has DNS:redis.shop.test'],
    [
      'server',
      'likely',
      'if a certificate for redis.shop.test exists, configure the server to present it for that server name',
    ],
    ['client', 'needs-your-values', 'or correct the host, if another server was meant'],
  ]);

  const proven = again(shown(redis));
  assert.match(
    proven.cause?.message ?? '',
    /default certificate; asked again .* it presents one that fits\.$/,
  );
  assert.deepEqual(
    proven.fixes.map(({ who, sure }) => [who, sure]),
    [['client', 'certain']],
  );

  for (const [outcome, says] of [
    [
      wrongName(provider, 'redis.shop.test'),
      /asked again with redis\.shop\.test, .* the same certificate\.$/,
    ],
    [wrongName(other, 'redis.shop.test'), /asked again with redis\.shop\.test, .* does not fit either\.$/],
  ] as const) {
    const finding = again(outcome).findings.find(({ code }) => code === 'sni-not-sent');
    assert.match(finding?.message ?? '', says);
  }
});

test('NODE_EXTRA_CA_CERTS names one file: where it is set, the certificate is added to that', () => {
  const own = shown(api, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  const file = '/etc/ssl/internal roots.pem';
  const inUse = { used: ['bundled', 'extra'], file } as const;
  const cases: readonly [EvidenceSpec, title: RegExp, code: string | null, condition: RegExp][] = [
    [
      { asked: 'api.shop.test', own, app: {} },
      /^or trust it for the whole/,
      'NODE_EXTRA_CA_CERTS=ca.pem',
      /’s$/,
    ],
    [
      { asked: 'api.shop.test', own, app: {}, trust: inUse },
      /^or add it to the file .*internal roots\.pem/,
      null,
      /’s$/,
    ],
    [
      { asked: 'api.shop.test', own, trust: inUse },
      /^or add it to the file .*internal roots\.pem/,
      null,
      /’s$/,
    ],
    // A variable whose file holds nothing is set all the same.
    [
      { asked: 'api.shop.test', own, trust: { file } },
      /^or add it to the file .*internal roots\.pem/,
      null,
      /’s$/,
    ],
    // The process that is asked about may have it where this one does not.
    [
      { asked: 'api.shop.test', own },
      /^or trust it/,
      'NODE_EXTRA_CA_CERTS=ca.pem',
      /set already, add it to the file/,
    ],
    // An error does not say which roots were used.
    [
      { asked: 'api.shop.test', own, app: {}, trust: { used: [] } },
      /^or trust it/,
      'NODE_EXTRA_CA_CERTS=ca.pem',
      /set already, add it to the file/,
    ],
  ];
  for (const [spec, title, code, condition] of cases) {
    const { cause, fixes } = diagnose(evidence(spec));
    assert.equal(cause?.code, 'issuer-unknown');
    const fix = fixes[1];
    assert.match(fix?.title ?? '', title);
    assert.equal(fix?.code?.split(' ')[0] ?? null, code);
    assert.match(fix?.condition ?? '', condition);
  }
});

test('what an error leaves open is not taken for something that was seen', () => {
  const open: ChosenName = { value: null, from: 'unknown' };
  const { cause, findings } = diagnose(
    evidence({
      ...driver(
        'ioredis',
        'redis.shop.test',
        6379,
        wrongName(certificate({ dns: ['store.test'] }), 'redis.shop.test'),
      ),
      sent: open,
    }),
  );
  assert.equal(cause?.code, 'name-mismatch');
  assert.equal(findings.find(({ code }) => code === 'sni-not-sent')?.severity, 'warning');
});

test('every way to switch verification off, by every client that has a word of its own for it', () => {
  const ways: readonly [AppFacts['verification'], EvidenceSpec['client'], RegExp][] = [
    ['off-by-option', 'https', /^remove the option rejectUnauthorized$/],
    ['off-by-option', null, /^remove the option rejectUnauthorized$/],
    ['off-by-option', 'http-proxy', /rejectUnauthorized, or what sets it in http-proxy: the option secure$/],
    ['off-by-option', 'superagent', /in superagent: disableTLSCerts$/],
    ['off-by-option', 'pg', /an sslmode other than verify-full$/],
    ['off-by-option', 'postgres', /a word for ssl other than verify-full$/],
    ['off-by-option', 'mongodb', /tlsAllowInvalidCertificates$/],
    ['off-by-option', 'tedious', /trustServerCertificate$/],
    [
      'off-by-environment',
      'mongodb',
      /^remove the variable NODE_TLS_REJECT_UNAUTHORIZED from wherever the process gets it$/,
    ],
    ['name-not-checked', 'https', /^remove a checkServerIdentity that agrees to every certificate$/],
    ['name-not-checked', 'pg', /an sslmode other than verify-full$/],
    ['name-not-checked', 'mongodb', /tlsAllowInvalidHostnames$/],
    ['name-not-checked', 'mysql2', /^have mysql2 compare the name$/],
  ];
  for (const [verification, client, title] of ways) {
    for (const own of [shown(db), wrongName(certificate({ dns: ['old.shop.test'] }), 'db.shop.test')]) {
      const each = evidence({ ...driver(client, 'db.shop.test', 5432, own), app: { verification } });
      const { fixes, findings } = diagnose(each);
      const fix = fixes.find(({ for: code }) => /^(?:verification|identity-check)-/.test(code));
      assert.match(fix?.title.replace('once the cause is mended, ', '') ?? '', title);
      assertSafeAdvice(each, fixes);
      for (const { message } of findings) assert.doesNotMatch(withoutRemovals(message), weakening, message);
    }
  }
});

test('mysql2 by address: it compares no name, and there is none to compare', () => {
  const { cause, fixes } = diagnose(
    evidence({
      ...driver('mysql2', '10.0.1.6', 3306, wrongName(db, 'localhost')),
      checked: { value: 'localhost', from: 'default-localhost' },
      app: { verification: 'name-not-checked' },
    }),
  );
  assert.equal(cause?.code, 'checked-defaulted-to-localhost');
  assert.ok(fixes.some(({ title }) => title.endsWith('and give it a name instead of an address')));
});

test('a call site is escaped like everything that comes from elsewhere', () => {
  const hostile = 'src/\u001b[31mpay\n.ts:1:1';
  for (const own of [shown(api), shown(api, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })]) {
    const diagnosis: Diagnosis = diagnose(
      evidence({ asked: 'api.shop.test', own, app: { callSite: hostile, verification: 'off-by-option' } }),
    );
    for (const { message } of diagnosis.findings) assert.doesNotMatch(message, obeyed);
  }
});

test('what says that a switch is to be removed is told from what throws it', () => {
  for (const fine of [
    'remove the option rejectUnauthorized',
    'Verification is switched off by the option rejectUnauthorized at a.ts:1:2, which',
    'only because of the variable NODE_TLS_REJECT_UNAUTHORIZED, which hides',
    'remove the option rejectUnauthorized, or what sets it in tedious: trustServerCertificate',
  ]) {
    assert.doesNotMatch(withoutRemovals(fine), weakening, fine);
  }
  for (const bad of [
    'set rejectUnauthorized: false',
    'rejectUnauthorized',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 node app.js',
    'remove the error by rejectUnauthorized',
    'by the option rejectUnauthorized: false',
    'by the option rejectUnauthorized set to false',
    'by the variable NODE_TLS_REJECT_UNAUTHORIZED=0',
    'remove the option rejectUnauthorized, or what sets it in tedious: trustServerCertificate: true',
    'trustServerCertificate',
    'remove nothing; use tlsAllowInvalidCertificates',
  ]) {
    assert.match(withoutRemovals(bad), weakening, bad);
  }
});
