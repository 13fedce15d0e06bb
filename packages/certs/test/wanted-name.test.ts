import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseWantedName, sanText } from '@altname/certs';

describe('a name that a certificate shall carry', () => {
  const right: Readonly<Record<string, string>> = {
    localhost: 'DNS:localhost',
    'API.Local.': 'DNS:api.local',
    'bücher.test': 'DNS:xn--bcher-kva.test',
    my_service: 'DNS:my_service',
    '127.0.0.1': 'IP:127.0.0.1',
    '::1': 'IP:::1',
    '[::1]': 'IP:::1',
    '2001:DB8::7': 'IP:2001:db8::7',
    '*.app.test': 'DNS:*.app.test',
    '*.Bücher.test': 'DNS:*.xn--bcher-kva.test',
  };
  for (const [text, san] of Object.entries(right)) {
    it(`${text} is ${san}`, () => assert.equal(sanText(parseWantedName(text)), san));
  }

  const wrong: Readonly<Record<string, RegExp>> = {
    'https://api.test/x?token=secret':
      /^"https:\/\/api\.test\/x" .*it is a URL; ask for its host, api\.test$/,
    'https://me:secret@api.test/': /it is a URL; ask for its host, api\.test$/,
    'http://[::1]:80/': /ask for its host, \[::1\]$/,
    'api.test:8443': /it carries a port.*; ask for api\.test$/,
    'api.test:': /it carries a port/,
    '127.0.0.1:80': /it carries a port.*; ask for 127\.0\.0\.1$/,
    '[::1]:443': /it carries a port.*; ask for ::1$/,
    'api.test/path': /more than a host/,
    'me:secret@api.test': /more than a host/,
    '*': /it would be every name/,
    '*.': /it would be every name|cannot be/,
    '*.local': /a wildcard for all of \.local is refused by clients; ask for .*\*\.NAME\.local/,
    '*.com': /a wildcard for all of \.com/,
    '*.co.uk': /a wildcard for all of \.co\.uk/,
    '*.home.arpa': /a wildcard for all of \.home\.arpa/,
    '*.*.test': /one label, the left-most.*ask for \*\.NAME\.test for each NAME/,
    'a.*.test': /one label, the left-most/,
    'f*.app.test': /has to be a whole label.*ask for \*\.app\.test/,
    '*f.app.test': /has to be a whole label/,
    '**.app.test': /has to be a whole label/,
    '*.127.0.0.1': /./,
    '*.0.0.1': /./,
    '10.0.0.*': /./,
    '': /it is empty/,
    ' ': /./,
    'a b.test': /./,
    'a..test': /./,
    '127.1': /./,
    'fe80::1%eth0': /zone/,
    'a\u001b[31m.test': /./,
    'a\n.test': /./,
    '１.test': /./,
  };
  for (const [text, why] of Object.entries(wrong)) {
    it(`not ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseWantedName(text),
        (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, 'ALTNAME_BAD_IDENTIFIER');
          assert.match(error.message, why);
          // eslint-disable-next-line no-control-regex
          assert.doesNotMatch(error.message, /secret|[\u0000-\u001f]/);
          return true;
        },
      );
    });
  }
});
