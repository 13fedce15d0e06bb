import type { Table } from '../table.ts';

export const compose: Table = {
  path: 'compose.yaml',
  good: {
    'what verifies':
      'services:\n  a:\n    environment:\n      NODE_EXTRA_CA_CERTS: /ca.pem\n      NODE_TLS_REJECT_UNAUTHORIZED: "1"\n',
    'what is passed on':
      'services:\n  a:\n    environment:\n      - GIT_SSL_NO_VERIFY\n      - NODE_TLS_REJECT_UNAUTHORIZED=${NODE_TLS_REJECT_UNAUTHORIZED}\n',
    'a value that is overridden':
      'x-e: &e\n  NODE_TLS_REJECT_UNAUTHORIZED: 0\nservices:\n  a:\n    environment:\n      <<: *e\n      NODE_TLS_REJECT_UNAUTHORIZED: 1\n',
    'a label':
      'services:\n  a:\n    labels:\n      NODE_TLS_REJECT_UNAUTHORIZED: 0\n    command: echo curl -k\n',
    'no services': 'NODE_TLS_REJECT_UNAUTHORIZED: 0\n',
    'services that are none': 'services: [1, 2]\n# NODE_TLS_REJECT_UNAUTHORIZED\n',
    'no environment': 'services:\n  a:\n    environment:\n# curl\n',
  },
  bad: [
    { name: 'a map', text: 'services:\n  a:\n    environment:\n      »NODE_TLS_REJECT_UNAUTHORIZED: 0\n' },
    {
      name: 'a map in quotes',
      text: `services:\n  a:\n    environment: {A: 1, '»NODE_TLS_REJECT_UNAUTHORIZED': '0'}\n`,
    },
    {
      name: 'a list',
      text: 'services:\n  a:\n    environment:\n      - A=1\n      - »NODE_TLS_REJECT_UNAUTHORIZED=0\n      - "»VAULT_SKIP_VERIFY=true"\n',
    },
    {
      name: 'a default',
      text: 'services:\n  a:\n    environment:\n      »NODE_TLS_REJECT_UNAUTHORIZED: ${NODE_TLS_REJECT_UNAUTHORIZED:-0}\n',
    },
    {
      name: 'an alias',
      text: 'x-e: &e\n  »NODE_TLS_REJECT_UNAUTHORIZED: 0\nservices:\n  a:\n    environment: *e\n  b:\n    environment: *e\n',
    },
    {
      name: 'what is merged',
      text: 'x-e: &e\n  »NODE_TLS_REJECT_UNAUTHORIZED: 0\nservices:\n  a:\n    environment:\n      <<: *e\n      B: 1\n',
    },
    {
      name: 'what is merged twice',
      text: 'x-d: &d\n  »GIT_SSL_NO_VERIFY: 1\nx-e: &e\n  »NODE_TLS_REJECT_UNAUTHORIZED: 0\nservices:\n  a:\n    environment:\n      <<: [*d, *e]\n',
    },
    {
      name: 'a service that is merged',
      text: 'x-a: &a\n  environment:\n    »NODE_TLS_REJECT_UNAUTHORIZED: 0\nservices:\n  a:\n    <<: *a\n',
    },
    {
      name: 'a connection string',
      text: 'services:\n  a:\n    environment:\n      »DATABASE_URL: postgres://u:p@db/a?sslmode=no-verify\n',
    },
    {
      name: 'arguments of a build',
      text: 'services:\n  a:\n    build:\n      args:\n        »NODE_TLS_REJECT_UNAUTHORIZED: 0\n  b:\n    build:\n      args: [»GIT_SSL_NO_VERIFY=1]\n',
    },
    {
      name: 'a command',
      text: 'services:\n  a:\n    command: sh -c "curl »-k https://a.example"\n  b:\n    command: [curl, »-k, https://a.example]\n',
    },
    {
      name: 'a command over lines',
      text: 'services:\n  a:\n    command: >\n      bash -c "\n      apt update &&\n      curl\n      »-k https://a.example"\n',
    },
    {
      name: 'an entrypoint with a command',
      text: 'services:\n  a:\n    entrypoint: [sh, -c]\n    command: ["true; curl »-k https://a.example"]\n',
    },
    {
      name: 'arguments of an image',
      text: 'services:\n  a:\n    command: [--providers.docker, »--tls-skip-verify]\n',
    },
    {
      name: 'a health check in a shell',
      text: 'services:\n  a:\n    healthcheck:\n      test: ["CMD-SHELL", "curl »-fk https://localhost:8443/ || exit 1"]\n  b:\n    healthcheck:\n      test: curl »-k https://localhost/\n',
      told: ['no-disabled-verification (warning)', 'no-disabled-verification (warning)'],
    },
    {
      name: 'a health check as a list',
      text: 'services:\n  a:\n    healthcheck:\n      test:\n        - CMD\n        - curl\n        - »-k\n        - https://localhost/\n',
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'another name',
      path: 'deploy/docker-compose.prod.yml',
      text: 'services:\n  a:\n    environment:\n      »NODE_TLS_REJECT_UNAUTHORIZED: 0\n',
    },
    {
      name: 'what is no YAML',
      text: 'services:\n  a: [curl -k https://a.example\n»',
      told: ['not-read'],
    },
  ],
};
