import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { haproxy } from '../src/formats/haproxy.ts';
import { foundIn } from './found.ts';
import { hostile } from './hostile.ts';

const off = 'no-disabled-verification';
const uncompared = 'no-disabled-identity-check';
const unsent = 'servername-not-sent';
const fromRequest = 'no-servername-from-request';
const address = 'no-ip-servername';
const malformed = 'no-malformed-servername';
const ca = 'ca-file ca.pem';

/** What a server is told, behind `  server s ADDRESS ` on line 4, and what is found. */
const servers: readonly (readonly [server: string, found: readonly string[]])[] = [
  ['db.example:443', []],
  ['db.example:443 check cookie ssl', []],
  ['db.example:443 ssl verify none', [`${unsent} 4:3`, `${off} 4:31`]],
  ['db.example:443 ssl verify none sni str(db.example)', [`${off} 4:31`]],
  ['10.0.0.5:443 ssl verify none', [`${unsent} 4:3`, `${off} 4:29`]],
  ['127.0.0.1:443 ssl verify none', [`${off} 4:30`]],
  ['[::1]:443 ssl verify none', [`${off} 4:26`]],
  ['unix@/run/a.sock ssl verify none', [`${off} 4:33`]],
  ['"$DB:443" ssl verify none', [`${unsent} 4:3`, `${off} 4:26`]],
  ['db.example:443 ssl', [`${uncompared} 4:3`, `${off} 4:27 warning`]],
  ['db.example:443 ssl verify required', [`${uncompared} 4:3`, `${off} 4:31 warning`]],
  [`db.example:443 ssl ${ca}`, [`${uncompared} 4:3`]],
  [`db.example:443 ssl verify required ${ca}`, [`${uncompared} 4:3`]],
  [`127.0.0.1:443 ssl verify required ${ca}`, []],
  [`db.example:443 ssl ${ca} verifyhost db.example`, [`${unsent} 4:3`]],
  [`db.example:443 ssl ${ca} verifyhost 10.0.0.5`, [`${unsent} 4:3`, `${address} 4:46`]],
  [`db.example:443 ssl ${ca} sni str(db.example)`, []],
  [`db.example:443 ssl ${ca} sni "str(db.example)"`, []],
  [`db.example:443 ssl ${ca} sni str("db.example")`, []],
  [`db.example:443 ssl ${ca} sni str(db.example) verifyhost db.example`, []],
  [`db.example:443 ssl ${ca} sni str(db.example) verifyhost a.example`, [`${uncompared} 4:66 warning`]],
  [`db.example:443 ssl ${ca} sni str(10.0.0.5)`, [`${address} 4:46`]],
  [`db.example:443 ssl ${ca} sni str(db.example:443)`, [`${malformed} 4:46`]],
  [`db.example:443 ssl ${ca} sni str(db.example.)`, [`${malformed} 4:46`]],
  [`db.example:443 ssl ${ca} sni "str($NAME)"`, []],
  [`db.example:443 ssl ${ca} sni req.hdr(host)`, [`${fromRequest} 4:46`]],
  [`db.example:443 ssl ${ca} sni hdr(Host),lower,field(1,:)`, [`${fromRequest} 4:46`]],
  [`db.example:443 ssl ${ca} sni ssl_fc_sni verifyhost db.example`, [`${fromRequest} 4:46`]],
  [`db.example:443 ssl ${ca} sni var(txn.host)`, [`${fromRequest} 4:46`]],
  [`db.example:443 ssl ${ca} sni var(txn.own)`, []],
  [`db.example:443 ssl ${ca} sni req.hdr(host),lower,map(names.map)`, []],
  [`db.example:443 ssl ${ca} sni req.hdr(x),concat(.db.example)`, []],
  [`db.example:443 ssl ${ca} sni-auto`, [`${fromRequest} 4:46`]],
  [`db.example:443 ssl ${ca} sni str(db.example) check`, [`${unsent} 4:66 note`]],
  [`db.example:443 ssl ${ca} sni str(db.example) check check-sni db.example`, []],
  [`db.example:443 ssl ${ca} sni str(db.example) check check-sni 10.0.0.5`, [`${address} 4:72`]],
  ['db.example:80 check check-ssl verify none', [`${off} 4:42`]],
  [`db.example:80 check check-ssl ${ca}`, []],
  ['db.example:443 no-ssl verify none', []],
  ['db.example:443 ssl\\ verify none', []],
  ['db.example:443 # ssl verify none', []],
  ['db.example:443 ssl verify "none" # a comment', [`${unsent} 4:3`, `${off} 4:31`]],
  ["db.example:443 'ssl' ve\\rify none", [`${uncompared} 4:3`, `${off} 4:27 warning`]],
];

/** Whole files. */
const files: readonly (readonly [title: string, path: string, text: string, found: readonly string[]])[] = [
  [
    'a default-server holds for the servers behind it, and is told once',
    'haproxy.cfg',
    `global\nbackend b\n server a a.example:443\n default-server ssl verify none sni str(a.example)\n server b a.example:443\n server c a.example:443 verify required ${ca}`,
    [`${off} 4:21`],
  ],
  [
    'a defaults section hands it on, to those behind it or of its name',
    'haproxy.cfg',
    `global\ndefaults one\n default-server ssl ${ca}\ndefaults two\nbackend b\n server a a.example:443\nbackend c from one\n server a a.example:443\ndefaults three from one\nlisten l\n server a a.example:443 sni str(a.example)`,
    [`${uncompared} 8:2`],
  ],
  [
    'of all servers',
    'haproxy.cfg',
    `global\n  ssl-server-verify none\n  httpclient.ssl.verify none\nbackend b\n  server a a.example:443 ssl sni str(a.example)\n  server b a.example:443 ssl verify required ${ca} sni str(a.example)`,
    [`${off} 2:3`, `${off} 3:3`],
  ],
  [
    'a file without global is one of several',
    'conf.d/b.cfg',
    `backend b\n  server a a.example:443 ssl\n  server b a.example:443 ssl verify none`,
    [`${uncompared} 2:3 warning`, `${unsent} 3:3 warning`, `${off} 3:30`],
  ],
  [
    'a template of servers, a peer',
    'haproxy.cfg',
    'global\nbackend b\n  server-template a 1-3 a.example:443 ssl verify none\npeers p\n  peer a 10.0.0.5:1024 ssl verify none',
    [`${unsent} 3:3`, `${off} 3:43`, `${unsent} 5:3`, `${off} 5:28`],
  ],
  [
    'a template of another program',
    'haproxy.cfg.j2',
    'global\nbackend b\n{% for each in all %}\n  server {{ each.name }} {{ each.host }}:443 ssl verify none\n{% endfor %}',
    [`${unsent} 4:3`, `${off} 4:50`],
  ],
  [
    'Windows line ends and a byte order mark',
    'haproxy.cfg',
    '\uFEFFglobal\r\nbackend b\r\n  server a a.example:443 ssl verify none\r\n',
    [`${unsent} 3:3`, `${off} 3:30`],
  ],
  [
    'an ignore comment',
    'haproxy.cfg',
    `global\nbackend b\n  # altname-ignore-next-line ${off}: a test of our own\n  server a a.example:443 ssl verify none sni str(a.example)`,
    [],
  ],
  [
    'a quote that is not closed',
    'haproxy.cfg',
    'global\nbackend b\n  server a "a.example:443 ssl verify none',
    ['not-read 3:12 note'],
  ],
  ['what is about clients', 'haproxy.cfg', 'frontend f\n bind :443 ssl crt a.pem verify none', []],
  ['what is of another program', 'setup.cfg', '[server]\nssl = no\nverify = none', []],
];

describe('haproxy', () => {
  for (const [server, found] of servers) {
    it(server, () => {
      const vars =
        'http-request set-var(txn.host) req.hdr(host)\n http-request set-var(txn.own) str(a.example)';
      const text = `global\nbackend b\n mode http\n  server s ${server}\nfrontend f\n ${vars}`;
      assert.deepEqual(foundIn('haproxy.cfg', text), found);
    });
  }
  for (const [title, path, text, found] of files) {
    it(title, () => assert.deepEqual(foundIn(path, text), found));
  }
  hostile(haproxy, 'haproxy.cfg', [
    'server a b ssl verify none\n',
    ' default-server ssl sni req.hdr(host) ',
    'defaults a from b\nserver a b ssl ',
    'server a "b\\x ssl ',
    'http-request set-var(txn.a) var(txn.a)\n server a b ssl sni var(txn.a) ',
    'server a b ssl {{ <% ',
  ]);
});
