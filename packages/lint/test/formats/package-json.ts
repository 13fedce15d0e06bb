import type { Table } from '../table.ts';

export const packageJson: Table = {
  path: 'package.json',
  good: {
    'scripts that verify':
      '{"scripts": {"start": "NODE_EXTRA_CA_CERTS=ca.pem node a.js", "get": "curl -sS https://a.example"}}',
    'no object': '["NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js"]',
    'a text about it':
      '{"description": "curl -k, NODE_TLS_REJECT_UNAUTHORIZED=0", "scripts": {"a": "echo curl -k"}}',
    'config, which npm does not read': '{"config": {"strict-ssl": false}}',
    'cmd, where the space belongs to the value':
      '{"scripts": {"a": "set NODE_TLS_REJECT_UNAUTHORIZED=0  && node a.js"}}',
    'scripts that are none':
      '{"scripts": {"a": null, "b": 1, "c": ["curl -k"], "d": {"e": "curl -k https://a.example"}}}',
  },
  bad: [
    {
      name: 'the switch of Node',
      text: '{\n  "scripts": {\n    "start": "»NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js"\n  }\n}\n',
    },
    {
      name: 'tabs, and signs that are escaped',
      text: '{\n\t"scripts": {\n\t\t"a": "node \\"a b\\" \\u0026\\u0026 curl »-k https:\\/\\/a.example"\n\t}\n}\n',
    },
    {
      name: 'cross-env',
      text: '{"scripts": {"a": "cross-env A=1 »NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js"}}',
    },
    {
      name: 'cross-env behind npx',
      text: '{"scripts": {"a": "npx cross-env »NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js"}}',
    },
    {
      name: 'cross-env-shell',
      text: `{"scripts": {"a": "cross-env-shell '»NODE_TLS_REJECT_UNAUTHORIZED=0 node a.js'"}}`,
    },
    { name: 'cmd', text: '{"scripts": {"a": "set »NODE_TLS_REJECT_UNAUTHORIZED=0&& node a.js"}}' },
    {
      name: 'several at once',
      text: '{"scripts": {"a": "concurrently \\"npm run b\\" \\"curl »-k https://a.example\\""}}',
    },
    { name: 'a key twice', text: '{"scripts": {"a": "curl »-k https://a", "a": "curl »-k https://b"}}' },
    { name: 'publishConfig', text: '{"publishConfig": {"»strict-ssl": false}}' },
    { name: 'what is no JSON', text: '{"scripts": {"a": "curl -k https://a.example"»', told: ['not-read'] },
  ],
};
