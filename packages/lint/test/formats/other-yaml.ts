import type { Table } from '../table.ts';

export const otherYaml: Table = {
  path: 'charts/a/values.yaml',
  good: {
    'what is up to the templates':
      'tls:\n  verify: false\n  insecureSkipVerify: true\nNODE_TLS_REJECT_UNAUTHORIZED: 0\n',
    'a daemon of Docker that verifies': [
      'daemon.json',
      '{"insecure-registries": [], "registry-mirrors": ["https://a.example"]}',
    ],
    'a registry on this machine': [
      'etc/daemon.json',
      '{"insecure-registries": ["localhost:5000", "127.0.0.0/8"]}',
    ],
    'an example in the description of an interface': [
      'openapi.yaml',
      'openapi: 3.1.0\npaths: {}\ncomponents:\n  examples:\n    a: { value: { tlsSkipVerify: true } }\n',
    ],
    'Prometheus that verifies': [
      'prometheus.yml',
      'scrape_configs:\n  - tls_config: {insecure_skip_verify: false, server_name: a}\n',
    ],
  },
  bad: [
    {
      name: 'values with a list',
      text: 'a:\n  extraEnvVars:\n    - name: »NODE_TLS_REJECT_UNAUTHORIZED\n      value: "0"\n',
    },
    {
      name: 'values with a list of another name',
      text: 'a:\n  vars:\n    - {value: "»0", name: NODE_TLS_REJECT_UNAUTHORIZED}\n',
    },
    { name: 'values with a map', path: 'values-prod.yml', text: 'env:\n  »GIT_SSL_NO_VERIFY: 1\n' },
    {
      name: 'a daemon of Docker',
      path: 'docker/daemon.json',
      text: '{\n  "insecure-registries": ["localhost:5000", "»a.example:5000"]\n}\n',
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'Prometheus',
      path: 'prometheus/prometheus.yml',
      text: 'scrape_configs:\n  - job_name: a\n    scheme: https\n    tls_config:\n      »insecure_skip_verify: true\n',
    },
    {
      name: 'a data source of Grafana',
      path: 'provisioning/a.yaml',
      text: 'datasources:\n  - jsonData:\n      »tlsSkipVerify: true\n',
    },
    {
      name: 'an agent',
      path: 'otel.yaml',
      text: 'exporters:\n  otlp:\n    tls:\n      »insecure_skip_verify: true\n',
    },
  ],
};
