import type { Table } from '../table.ts';

const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n';
const ingress = (annotations: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n${annotations}`;
const nginx = 'nginx.ingress.kubernetes.io';

export const kubernetes: Table = {
  path: 'deploy/app.yaml',
  good: {
    'what verifies': `${deployment}        - env:\n            - {name: NODE_TLS_REJECT_UNAUTHORIZED, value: "1"}\n          args: [--kubelet-insecure-tls=false]\n`,
    'a value from elsewhere': `${deployment}        - env:\n            - name: NODE_TLS_REJECT_UNAUTHORIZED\n              valueFrom: {secretKeyRef: {name: a, key: b}}\n`,
    'a definition of a resource':
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  properties:\n    insecureSkipVerify:\n      description: it is true\n      type: boolean\n',
    'what is off':
      'apiVersion: v1\nkind: ServiceMonitor\nspec:\n  tlsConfig:\n    insecureSkipVerify: false\n',
    'a text about it':
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  README: |\n    curl -k, NODE_TLS_REJECT_UNAUTHORIZED=0\n  other.yaml: "insecure_skip_verify: [\'true\'"\n',
    'a Secret in base64':
      'apiVersion: v1\nkind: Secret\ndata:\n  NODE_TLS_REJECT_UNAUTHORIZED: MA==\n  GIT_SSL_NO_VERIFY: MQ==\n',
    'a repository over SSH':
      'apiVersion: v1\nkind: Secret\nmetadata:\n  labels: {argocd.argoproj.io/secret-type: repository}\nstringData:\n  url: ssh://git@a.example/a\n  insecure: "true"\n',
    'a Secret of another kind':
      'apiVersion: v1\nkind: Secret\nstringData:\n  url: https://a.example/\n  insecure: "true"\n# secret-type\n',
    'an Ingress to plain HTTP': ingress(`    ${nginx}/proxy-ssl-verify: "off"\n`),
    'an Ingress that verifies': ingress(
      `    ${nginx}/backend-protocol: HTTPS\n    ${nginx}/proxy-ssl-secret: a/b\n    ${nginx}/proxy-ssl-verify: "on"\n    ${nginx}/proxy-ssl-name: a.example\n    ${nginx}/proxy-ssl-server-name: "on"\n`,
    ),
    'a template that says nothing':
      '{{- if .Values.a }}\napiVersion: v1\nkind: Service\n{{- end }}\n# curl\n',
  },
  bad: [
    {
      name: 'a variable',
      text: `${deployment}        - name: a\n          env:\n            - name: »NODE_TLS_REJECT_UNAUTHORIZED\n              value: "0"\n            - value: »postgres://db/a?sslmode=no-verify\n              name: URL\n`,
    },
    {
      name: 'an argument of an image',
      text: `${deployment}        - name: a\n          args:\n            - --cert-dir=/tmp\n            - »--kubelet-insecure-tls\n`,
    },
    {
      name: 'a command and its arguments',
      text: `${deployment}        - command: [sh, -c]\n          args:\n            - |\n              set -e\n              # it is so\n              curl -sS \\\n                »-k https://a.example\n`,
    },
    {
      name: 'a probe',
      text: `${deployment}        - livenessProbe:\n            exec:\n              command: ["curl", "»-k", "https://localhost/"]\n`,
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'further documents, and a list',
      text: 'apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: List\nitems:\n  - apiVersion: apiregistration.k8s.io/v1\n    kind: APIService\n    spec:\n      »insecureSkipTLSVerify: true\n---\napiVersion: v1\nkind: PodMonitor\nspec:\n  podMetricsEndpoints:\n    - tlsConfig: {»insecureSkipVerify: true}\n',
    },
    {
      name: 'a ConfigMap with variables, a script, and a file',
      text: 'apiVersion: v1\nkind: ConfigMap\ndata:\n  »NODE_TLS_REJECT_UNAUTHORIZED: "0"\n  start.sh: |\n    #!/bin/sh\n    exec curl »-k https://a.example\n  prometheus.yml: |-\n    scrape_configs:\n      - tls_config:\n          »insecure_skip_verify: true\n',
    },
    {
      name: 'a ConfigMap in quotes and folded',
      text: 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a.sh: "#!/bin/sh\\n\\\n    curl »-k https://a.example\\n"\n  b.sh: >-\n    curl\n    »--insecure\n    https://a.example\n',
    },
    {
      name: 'a Secret',
      text: 'apiVersion: v1\nkind: Secret\nstringData:\n  »PGSSLMODE: no-verify\ndata:\n  PGSSLMODE: no-verify\n',
    },
    {
      name: 'a repository of Argo CD',
      text: 'apiVersion: v1\nkind: Secret\nmetadata:\n  labels:\n    argocd.argoproj.io/secret-type: repository\nstringData:\n  url: https://a.example/a\n  »insecure: "true"\n',
    },
    {
      name: 'a step of Tekton',
      text: 'apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - script: |\n        #!/usr/bin/env bash\n        git -c »http.sslVerify=false clone https://a.example\n',
    },
    {
      name: 'an Ingress that says it',
      text: ingress(`    ${nginx}/backend-protocol: "HTTPS"\n    »${nginx}/proxy-ssl-verify: "off"\n`),
    },
    {
      name: 'an Ingress that says nothing',
      text: ingress(`    »${nginx}/backend-protocol: GRPCS\n    ${nginx}/proxy-body-size: 1m\n`),
      told: ['no-disabled-verification (warning)'],
    },
    {
      name: 'an Ingress whose annotations are not read',
      text: ingress(
        `    ${nginx}/backend-protocol: HTTPS\n    »${nginx}/proxy-ssl-verify: "on"\n    ${nginx}/proxy-ssl-name: a.example\n    »${nginx}/proxy-ssl-server-name: "on"\n`,
      ),
      told: ['no-disabled-verification', 'servername-not-sent'],
    },
    {
      name: 'an Ingress that sends the name of a group',
      text: ingress(
        `    ${nginx}/backend-protocol: HTTPS\n    ${nginx}/proxy-ssl-secret: a/b\n    ${nginx}/proxy-ssl-verify: "on"\n    »${nginx}/proxy-ssl-server-name: "on"\n`,
      ),
      told: ['servername-is-group'],
    },
    {
      name: 'JSON in a file of YAML',
      text: '{"apiVersion": "v1",\n "kind": "A",\n"apiVersion": "v1"}\n---\napiVersion: v1\nkind: A\nspec: {"»insecureSkipVerify": true}\n',
    },
    {
      name: 'a template that looks so',
      text: '»{{- if .Values.a }}\napiVersion: v1\nkind: Pod\nspec:\n  a: curl -k {{ .Values.url }}\n{{- end }}\n',
      told: ['not-read'],
    },
    {
      name: 'with a reason',
      text: 'apiVersion: v1\nkind: ServiceMonitor\nspec:\n  tlsConfig:\n    # altname-ignore-next-line no-disabled-verification: the kubelet signs its own\n    insecureSkipVerify: true\n',
    },
  ],
};
