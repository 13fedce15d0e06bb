import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nginx } from '../src/formats/nginx.ts';
import { foundIn } from './found.ts';
import { hostile } from './hostile.ts';

const on = 'proxy_ssl_verify on; proxy_ssl_trusted_certificate ca.pem; proxy_ssl_server_name on;';
const off = 'no-disabled-verification';
const unsent = 'servername-not-sent';
const fromRequest = 'no-servername-from-request';
const group = 'servername-is-group';

/** What stands in a location, on line 3, and what is found in it. */
const locations: readonly (readonly [body: string, found: readonly string[]])[] = [
  ['proxy_pass http://api.example;', []],
  ['proxy_ssl_verify off; proxy_pass http://api.example;', []],
  ['proxy_pass https://api.example;', [`${off} 3:1`, `${unsent} 3:1`]],
  [`proxy_pass https://api.example; ${on}`, []],
  [`${on} proxy_pass "https://api.example:8443/v1/";`, []],
  [`${on} proxy_pass 'HTTPS://api.example';`, []],
  ['proxy_ssl_server_name on; proxy_pass https://api.example;', [`${off} 3:27`]],
  ['proxy_ssl_server_name on; proxy_ssl_verify off; proxy_pass https://api.example;', [`${off} 3:27`]],
  [
    'proxy_ssl_server_name off; proxy_ssl_verify off; proxy_pass https://api.example;',
    [`${unsent} 3:1`, `${off} 3:28`],
  ],
  ['proxy_ssl_server_name on; proxy_ssl_verify on; proxy_pass https://api.example;', [`${off} 3:27 warning`]],
  // Nobody is between a machine and itself.
  ['proxy_pass https://127.0.0.1:8443;', []],
  ['proxy_pass https://[::1]:8443;', []],
  ['proxy_pass https://localhost:8443/;', []],
  ['proxy_pass https://unix:/run/app.sock:/;', []],
  ['proxy_pass https://local;', []],
  ['proxy_ssl_verify off; proxy_pass https://127.0.0.1:8443;', [`${off} 3:1`]],
  // Addresses.
  ['proxy_pass https://10.0.0.5;', [`${off} 3:1`, 'no-ip-servername 3:1']],
  [`proxy_pass https://10.0.0.5:8443/x; ${on}`, ['no-ip-servername 3:1']],
  [`proxy_pass https://[2001:db8::5]:8443; ${on}`, ['no-ip-servername 3:1']],
  [`proxy_pass https://10.0.0.5; ${on} proxy_ssl_name api.example;`, []],
  [`${on} proxy_pass https://api.example; proxy_ssl_name 10.0.0.5;`, ['no-ip-servername 3:118']],
  [`${on} proxy_pass https://api.example; proxy_ssl_name "[2001:db8::5]";`, ['no-ip-servername 3:118']],
  // Names that are none. Nginx itself takes a port away, and of a URL all but its scheme.
  [`${on} proxy_pass https://10.0.0.5; proxy_ssl_name api.example:443;`, []],
  [
    `${on} proxy_pass https://10.0.0.5; proxy_ssl_name https://api.example;`,
    ['no-malformed-servername 3:115'],
  ],
  [`${on} proxy_pass https://10.0.0.5; proxy_ssl_name api.example.;`, ['no-malformed-servername 3:115']],
  [`${on} proxy_pass https://10.0.0.5; proxy_ssl_name *.example;`, ['no-malformed-servername 3:115']],
  [`${on} proxy_pass https://10.0.0.5; proxy_ssl_name "";`, ['no-malformed-servername 3:115']],
  // Groups.
  ['proxy_pass https://backend;', [`${off} 3:1`, `${unsent} 3:1`]],
  [`proxy_pass https://backend; ${on}`, [`${group} 3:1`]],
  [`proxy_pass https://backend; ${on} proxy_ssl_name $proxy_host;`, [`${group} 3:1`]],
  [`proxy_pass https://api.example; ${on} proxy_ssl_name backend;`, [`${group} 3:118`]],
  [`proxy_pass https://backend; ${on} proxy_ssl_name api.example;`, []],
  [`proxy_pass https://app; ${on}`, []],
  [`proxy_pass https://shop.example; ${on}`, []],
  [`set $to backend; proxy_pass https://$to; ${on}`, [`${group} 3:18`]],
  // Requests.
  [`proxy_pass https://$host; ${on}`, [`${fromRequest} 3:1`]],
  [`proxy_pass https://$http_host$request_uri; ${on}`, [`${fromRequest} 3:1`]],
  ['proxy_ssl_server_name on; proxy_pass https://$arg_to/;', [`${off} 3:27`, `${fromRequest} 3:27`]],
  [`proxy_pass https://\${http_x}:443/; ${on}`, [`${fromRequest} 3:1`]],
  [`proxy_pass https://api.example; ${on} proxy_ssl_name $host;`, [`${fromRequest} 3:118`]],
  [`proxy_pass https://api.example; ${on} proxy_ssl_name $ssl_server_name;`, [`${fromRequest} 3:118`]],
  [
    `set $name $http_host; proxy_pass https://api.example; ${on} proxy_ssl_name $name;`,
    [`${fromRequest} 3:140`],
  ],
  [`proxy_pass https://$host; ${on} proxy_ssl_name api.example;`, []],
  [`proxy_pass https://api.example; ${on} proxy_ssl_name $server_name;`, []],
  [`proxy_pass https://$tenant.apps.example; ${on}`, []],
  [`proxy_pass https://$http_x.apps.example; ${on}`, []],
  [`proxy_pass https://$byname; ${on}`, []],
  [`proxy_pass https://$handedon; ${on}`, [`${fromRequest} 3:1`]],
  // Variables that are known, and such that are not.
  ['set $to https://api.example; proxy_pass $to;', [`${off} 3:30`, `${unsent} 3:30`]],
  ['set $proto https; proxy_pass $proto://api.example:8443;', [`${off} 3:19`, `${unsent} 3:19`]],
  ['set $proto http; proxy_pass $proto://api.example:8080;', []],
  ['set $to api.example; proxy_pass https://$to$request_uri;', [`${off} 3:22`, `${unsent} 3:22`]],
  ['proxy_pass $elsewhere;', []],
  [`proxy_pass https://$elsewhere; ${on}`, []],
  [`proxy_pass https://\${API_HOST}/; ${on}`, []],
  [`proxy_pass https://api.example$1; ${on}`, []],
  ['set $a $b; set $b $a; proxy_pass https://$a;', [`${off} 3:23`, `${unsent} 3:23`]],
  ['proxy_pass $scheme://api.example;', []],
  // The other protocols over TLS.
  ['grpc_pass grpc://api.example;', []],
  ['grpc_pass grpcs://api.example;', [`${off} 3:1`, `${unsent} 3:1`]],
  [`grpc_pass grpcs://api.example; ${on.replaceAll('proxy_', 'grpc_')}`, []],
  [`grpc_pass grpcs://api.example; ${on}`, [`${off} 3:1`, `${unsent} 3:1`]],
  ['uwsgi_pass suwsgi://api.example;', [`${off} 3:1`, `${unsent} 3:1`]],
  [
    `uwsgi_pass suwsgi://api.example; ${on.replaceAll('proxy_', 'uwsgi_')} uwsgi_ssl_name $host;`,
    [`${fromRequest} 3:119`],
  ],
  // What is in between.
  ['# proxy_pass https://api.example;', []],
  ['return 200 "proxy_pass https://api.example;";', []],
  [
    'content_by_lua_block { local a = "}" -- }\n a = [[ } ]] } proxy_pass https://a.example;',
    [`${off} 4:16`, `${unsent} 4:16`],
  ],
  [
    'limit_except GET { deny all; } if ($a = "b") { proxy_pass https://a.example; }',
    [`${off} 3:48`, `${unsent} 3:48`],
  ],
];

const around = `http { upstream backend { server 10.0.0.1:443; } upstream app { server app:443; } upstream shop.example { server 10.0.0.2:443; }
map $host $byname { default a.example; "b.test" b.example; } map $host $handedon { default $host; } upstream local { server 127.0.0.1:443; server unix:/run/a.sock; } server { location / {
BODY
} } }`;

/** Whole files. */
const files: readonly (readonly [title: string, path: string, text: string, found: readonly string[]])[] = [
  [
    'a setting of http holds in every location',
    'nginx.conf',
    `http {\n${on}\nserver { location / { proxy_pass https://a.example; } }\n}`,
    [],
  ],
  [
    'the nearest setting holds, and is told once',
    'nginx.conf',
    `http {\n${on}\nserver { proxy_ssl_verify off; location /a { proxy_pass https://a.example; } location /b { proxy_pass https://b.example; } }\n}`,
    [`${off} 3:10`],
  ],
  [
    'a fragment may be in something that sets it',
    'sites-available/shop',
    'server {\n  location / { proxy_pass https://a.example; }\n}',
    [`${off} 2:16 warning`, `${unsent} 2:16 warning`],
  ],
  [
    'an included file may set it',
    'nginx.conf',
    'http { include mime.types; server {\n include tls.conf; location / { proxy_pass https://a.example; } } }',
    [`${off} 2:33 warning`, `${unsent} 2:33 warning`],
  ],
  [
    'what nginx comes with sets nothing',
    'nginx.conf',
    'http { include /etc/nginx/mime.types; server {\n location / { include proxy_params; proxy_pass https://a.example; } } }',
    [`${off} 2:37`, `${unsent} 2:37`],
  ],
  [
    'a snippet is for those who include it',
    'snippets/upstream.conf',
    'proxy_ssl_verify off;\nproxy_ssl_name $http_host;\n',
    [`${off} 1:1`, `${fromRequest} 2:1`],
  ],
  [
    'TLS of a stream',
    'nginx.conf',
    `stream { upstream db { server 10.0.0.1:5433; } server {\nproxy_ssl on; proxy_pass db;\n} server {\n proxy_ssl on; ${on} proxy_pass db; } server { proxy_pass db; } }`,
    [`${off} 2:15`, `${unsent} 2:15`, `${group} 4:101`],
  ],
  [
    'the scheme of the client, where a server has TLS',
    'nginx.conf',
    'http { server { listen 443 ssl; location / {\nproxy_pass $scheme://a.example; } } server { listen 80; location / { proxy_pass $scheme://a.example; } } }',
    [`${off} 2:1`, `${unsent} 2:1`],
  ],
  [
    'captures of expressions',
    'nginx.conf',
    `http { ${on} server { server_name ~^(?<tenant>.+)\\.example$; location ~ ^/(.+)/ {\nproxy_pass https://$tenant; } location ~ ^/x/(.*)/ {\nproxy_pass https://$1; } } }`,
    [`${fromRequest} 2:1`, `${fromRequest} 3:1`],
  ],
  [
    'Windows line ends and a byte order mark',
    'conf.d/a.conf',
    '\uFEFFhttp {\r\nserver {\r\nlocation / {\r\n  proxy_pass https://a.example;\r\n}\r\n}\r\n}\r\n',
    [`${off} 4:3`, `${unsent} 4:3`],
  ],
  [
    'an ignore comment',
    'nginx.conf',
    `http { server { location / {\n# altname-ignore-next-line ${off}: a test of our own\nproxy_ssl_verify off;\nproxy_ssl_server_name on; proxy_pass https://a.example; } } }`,
    [],
  ],
  [
    'a template: what is written into it is not known',
    'nginx.conf.j2',
    'http {\n{% if tls %}\nproxy_pass https://{{ host }};\n{% endif %}\n{{ more }}\n}',
    [`${off} 3:1 warning`, `${unsent} 3:1 warning`],
  ],
  [
    'a template of a name',
    'nginx.conf.j2',
    'http { server { {% for each in all %}\nlocation /{{ each }}/ { proxy_pass https://{{ each.host }}_a.example:443/x; }\n{% endfor %} } }',
    [`${off} 2:25`, `${unsent} 2:25`],
  ],
  [
    'what nginx would not start with',
    'nginx.conf',
    'http { proxy_pass https://a.example; }\n}',
    ['not-read 2:1 note'],
  ],
  [
    'a quote that is not closed',
    'nginx.conf',
    'http {\n proxy_pass "https://a.example; }',
    ['not-read 2:13 note'],
  ],
  ['what is of another program', 'other.conf', '[section]\nproxy = https://a.example', []],
  ['by its folder', 'deploy/nginx/default', 'location / { grpc_ssl_verify off; }', [`${off} 1:14`]],
  ['by its name', 'a/b.nginx', 'location / { grpc_ssl_verify off; }', [`${off} 1:14`]],
  [
    'by its name, with an ending',
    'nginx.conf.production',
    'location / { grpc_ssl_verify off; }',
    [`${off} 1:14`],
  ],
];

describe('nginx', () => {
  for (const [body, found] of locations) {
    it(body, () =>
      assert.deepEqual(
        foundIn(
          'nginx.conf',
          around.replace('BODY', () => body),
        ),
        found,
      ),
    );
  }
  for (const [title, path, text, found] of files) {
    it(title, () => assert.deepEqual(foundIn(path, text), found));
  }
  hostile(nginx, 'nginx.conf', [
    'proxy_pass https://$a;',
    'proxy_ssl_verify off; ',
    'location / { set $a $b; proxy_pass https://$a; ',
    'upstream a { server 10.0.0.1; } proxy_pass https://a; ',
    'map $host $a { a "b c"; } proxy_ssl_name $a; ',
    'a_by_lua_block { [==[ "',
    'proxy_pass "https://a',
    '{{ a }} {% b %} {# proxy_pass <% ',
    '\\$\\${',
  ]);
});
