import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AltnameError, parseTarget, type StartTls } from '../src/index.ts';
import { parseDial, shownTarget } from '../src/probe/target.ts';

type Read = readonly [host: string, port: number, starttls?: StartTls];

/** What is typed, and what a Node client would take from it. */
const table: readonly (readonly [text: string, ...Read])[] = [
  // bare hosts
  ['shop.test', 'shop.test', 443],
  ['shop.test:8443', 'shop.test', 8443],
  ['shop.test:', 'shop.test', 443],
  ['  shop.test  ', 'shop.test', 443],
  ['SHOP.Test', 'shop.test', 443],
  ['shop.test.', 'shop.test.', 443],
  ['shop.test.:8443', 'shop.test.', 8443],
  ['localhost', 'localhost', 443],
  ['my_service:9000', 'my_service', 9000],
  ['shop.test/path?x=1#y', 'shop.test', 443],
  ['shop.test:00443', 'shop.test', 443],
  // addresses
  ['192.0.2.7', '192.0.2.7', 443],
  ['192.0.2.7:65535', '192.0.2.7', 65535],
  ['::1', '::1', 443],
  ['[::1]', '::1', 443],
  ['[::1]:', '::1', 443],
  ['[::1]:1', '::1', 1],
  ['2001:DB8:0:0::0001', '2001:db8::1', 443],
  ['[2001:DB8::1]:8443', '2001:db8::1', 8443],
  ['https://[2001:DB8::1]:8443/x', '2001:db8::1', 8443],
  ['::ffff:192.0.2.7', '::ffff:c000:207', 443],
  // international names
  ['bücher.test', 'xn--bcher-kva.test', 443],
  ['https://BÜCHER.test/', 'xn--bcher-kva.test', 443],
  ['xn--bcher-kva.test:1', 'xn--bcher-kva.test', 1],
  // schemes, and the port and protocol they imply
  ['https://shop.test', 'shop.test', 443],
  ['HTTPS://shop.test', 'shop.test', 443],
  ['wss://shop.test/chat', 'shop.test', 443],
  ['grpcs://shop.test', 'shop.test', 443],
  ['tls://shop.test:7', 'shop.test', 7],
  ['smtps://mail.test', 'mail.test', 465],
  ['imaps://mail.test', 'mail.test', 993],
  ['pop3s://mail.test', 'mail.test', 995],
  ['ldaps://dir.test', 'dir.test', 636],
  ['ftps://files.test', 'files.test', 990],
  ['mqtts://broker.test', 'broker.test', 8883],
  ['amqps://broker.test', 'broker.test', 5671],
  ['rediss://cache.test', 'cache.test', 6379],
  ['mongodb://db.test/app', 'db.test', 27017],
  ['kafka://broker.test', 'broker.test', 9093],
  ['smtp://mail.test', 'mail.test', 587, 'smtp'],
  ['smtp://mail.test:25', 'mail.test', 25, 'smtp'],
  ['lmtp://mail.test', 'mail.test', 24, 'lmtp'],
  ['imap://mail.test', 'mail.test', 143, 'imap'],
  ['pop3://mail.test', 'mail.test', 110, 'pop3'],
  ['sieve://mail.test', 'mail.test', 4190, 'sieve'],
  ['nntp://news.test', 'news.test', 119, 'nntp'],
  ['ftp://files.test', 'files.test', 21, 'ftp'],
  ['ldap://dir.test', 'dir.test', 389, 'ldap'],
  ['xmpp://chat.test', 'chat.test', 5222, 'xmpp'],
  ['postgres://db.test/app', 'db.test', 5432, 'postgres'],
  ['postgresql://db.test:5433/app', 'db.test', 5433, 'postgres'],
  ['mysql://db.test', 'db.test', 3306, 'mysql'],
  // credentials
  ['https://user:secret@shop.test/', 'shop.test', 443],
  ['postgres://user:s3cret%2F@db.test/app', 'db.test', 5432, 'postgres'],
  ['user:secret@shop.test:8443', 'shop.test', 8443],
  ['https://user:se@cret@shop.test/', 'shop.test', 443],
  ['https://shop.test/@scope/package', 'shop.test', 443],
];

/** What is no target, and a word of the reason. */
const bad: readonly (readonly [text: string, reason: RegExp])[] = [
  ['', /it is empty/],
  ['   ', /it is empty/],
  ['https://', /it is empty/],
  [':443', /it is empty/],
  ['//shop.test', /it is empty/],
  ['http://shop.test', /http:\/\/ has no TLS; https:\/\/ has/],
  ['ws://shop.test', /wss:\/\/ has/],
  ['redis://shop.test', /rediss:\/\/ has/],
  ['gopher://shop.test', /the scheme gopher is not known/],
  ['constructor://shop.test', /the scheme constructor is not known/],
  ['__proto__://shop.test', /no scheme begins like that/],
  ['1http://shop.test', /no scheme begins like that/],
  ['user:secret@shop.test://x', /no scheme/],
  ['shop.test:0', /port 0 is not a number from 1 to 65535/],
  ['shop.test:65536', /port 65536/],
  ['shop.test:-1', /port -1/],
  ['shop.test:4e2', /port 4e2/],
  ['shop.test:443443443443443443443443443443', /port 443443443443/],
  ['shop.test:443:443', /cannot be told apart/],
  ['https://::1/', /an IPv6 address in a URL stands in brackets/],
  ['[::1', /cannot be told apart/],
  ['::1]', /cannot be told apart/],
  ['[::1]8443', /cannot be told apart/],
  ['[shop.test]:443', /only an IPv6 address stands in brackets/],
  ['[192.0.2.7]', /only an IPv6 address stands in brackets/],
  ['[fe80::1%eth0]:443', /zone/],
  ['*.shop.test', /wildcard/],
  ['shop..test', /empty label/],
  ['-shop.test', /hyphen/],
  ['shop test', /character/],
  ['127.1', /number/],
  ['0x7f.1', /number/],
  ['256.0.0.1', /number/],
  ['sh%6fp.test', /percent/],
  ['ｓｈｏｐ.test', /A-label/],
  ['shop。test', /dot-like/],
  [`${'a'.repeat(64)}.test`, /63/],
  [`${'a.'.repeat(127)}test`, /253/],
  ['a'.repeat(3000), /more than 2048 characters/],
  ['https://good.test\\@evil.test/', /backslash/],
  ['good.test\\evil', /backslash/],
  ['postgres://user:secret/x@db.test/app', /%2F/],
  ['postgres://user:sec?ret@db.test/app', /%2F/],
  ['\u0000', /character/],
  ['shop.test\u001b[2J', /./],
  ['shop.test\nexample.test', /character/],
];

describe('a target', () => {
  for (const [text, host, port, starttls = null] of table) {
    it(`${text} is ${host}, ${port}`, () => {
      const target = parseTarget(text);
      assert.deepEqual([target.host, target.port, target.starttls], [host, port, starttls]);
      assert.equal(target.http, /^(?:(?:https|wss):|(?!\w+:\/\/))/i.test(text.trim()));
    });
  }

  it('is taken as Node takes a URL', () => {
    for (const [text, host] of table) {
      if (!/^\w+:\/\//.test(text)) continue;
      // Only for the schemes it knows does Node read the host of a URL as a host.
      const url = new URL(text.replace(/^\w+/, 'https'));
      assert.equal(url.hostname.replace(/^\[|\]$/g, ''), host, text);
      assert.equal(parseTarget(text).port, Number(url.port) || parseTarget(text).port, text);
    }
  });

  it('is shown without credentials, query and fragment', () => {
    const shown: Record<string, string> = {
      'https://user:secret@shop.test:1/a?token=secret#secret': 'https://shop.test:1/a',
      'user:secret@shop.test': 'shop.test',
      'https://user:se@cret@shop.test/': 'https://shop.test/',
      'https://shop.test/@scope/x': 'https://shop.test',
      ' shop.test ': 'shop.test',
      'Shop.TEST:1': 'Shop.TEST:1',
    };
    for (const [text, expected] of Object.entries(shown)) {
      assert.equal(parseTarget(text).text, expected);
      assert.equal(parseTarget(expected).host, parseTarget(text).host);
    }
  });

  it('is shown without them where it is none', () => {
    assert.equal(shownTarget(' https://me:s3cret@a b/pay?token=s3cret#s3cret'), 'https://a b/pay');
    assert.equal(shownTarget('https://me:s3c?ret@a b'), 'https://…');
    assert.equal(shownTarget('?token=s3cret'), '');
  });

  for (const [text, reason] of bad) {
    it(`${JSON.stringify(text.slice(0, 60))} is none`, () => {
      assert.throws(() => parseTarget(text), isOneLine('ALTNAME_BAD_TARGET', reason));
    });
  }

  it('never shows a secret, whatever is wrong with it', () => {
    const places = ['shop.test:0', 'shop..test', '[::1', 'shop.test:x', '*.test', 'a b', '', 'shop.test\\x'];
    const secrets = [
      's3cret',
      's3cret/x',
      's3cret?x',
      's3cret#x',
      's3:cret',
      's3@cret',
      '1/s3cret',
      '\\s3cret',
    ];
    for (const scheme of ['https://', 'postgres://', 'gopher://', 'http://', '']) {
      for (const place of places) {
        for (const secret of secrets) {
          const text = `${scheme}user:${secret}@${place}`;
          try {
            assert.doesNotMatch(parseTarget(text).text, /s3|cret/, text);
          } catch (error) {
            if (!(error instanceof AltnameError)) throw error;
            assert.doesNotMatch(error.message, /s3|cret/, `${text}: ${error.message}`);
          }
        }
      }
    }
  });

  it('without a scheme has the port of its STARTTLS protocol, and no Host header', () => {
    for (const [protocol, port] of [
      ['smtp', 587],
      ['lmtp', 24],
      ['imap', 143],
      ['pop3', 110],
      ['sieve', 4190],
      ['nntp', 119],
      ['ftp', 21],
      ['ldap', 389],
      ['xmpp', 5222],
      ['postgres', 5432],
      ['mysql', 3306],
    ] as const) {
      const target = parseTarget('host.test', protocol);
      assert.deepEqual([target.port, target.starttls, target.http], [port, protocol, false]);
      assert.equal(parseTarget('host.test:99', protocol).port, 99);
    }
    assert.equal(parseTarget('https://host.test', 'smtp').port, 443);
  });
});

describe('a place to dial', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:8443', '127.0.0.1', 8443],
    ['127.0.0.1', '127.0.0.1', 5432],
    ['[::1]:8443', '::1', 8443],
    ['::1', '::1', 5432],
    ['Proxy.TEST.:1', 'proxy.test', 1],
  ] as const) {
    it(`${text} is ${host}, ${port}`, () => assert.deepEqual(parseDial(text, 5432), { host, port }));
  }

  it('never shows a query', () => {
    for (const text of [
      'x:1?token=s3cret',
      'x?token=s3cret',
      'https://u:s3cret@x/?token=s3cret',
      'a b#s3cret',
    ]) {
      assert.throws(
        () => parseDial(text, 443),
        (error: Error) =>
          isOneLine('ALTNAME_BAD_OPTION', /^connect "/)(error) && !error.message.includes('s3'),
      );
    }
  });

  for (const text of ['', 'a b', 'x:0', 'x:99999', '[::1', '[a.test]:1', '*.test', 'a:b:c', 'u:s3cret@x:0']) {
    it(`${JSON.stringify(text)} is none`, () => {
      assert.throws(() => parseDial(text, 443), isOneLine('ALTNAME_BAD_OPTION', /^connect "/));
    });
  }
});

function isOneLine(code: string, reason: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AltnameError);
    assert.equal(error.code, code);
    assert.match(error.message, reason);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f]|s3cret/);
    assert.ok(error.message.length < 400, 'one line that can be read');
    return true;
  };
}
