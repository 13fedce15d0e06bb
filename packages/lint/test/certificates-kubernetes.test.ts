import { describe } from 'node:test';
import { testTrees, type Row } from './certificate-trees.ts';

const secret = `apiVersion: v1
kind: Secret
metadata: { name: web-tls, namespace: shop }
type: kubernetes.io/tls
data:
  tls.crt: BASE64(c/web.crt)
---
`;

const made = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: web, namespace: shop }
spec:
  secretName: web-tls
  dnsNames: [shop.test, "*.shop.test"]
  ipAddresses: [10.0.0.5]
---
`;

const pods = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    metadata: { labels: { app: web, tier: front } }
    spec:
      containers: [{ name: web, volumeMounts: [{ name: tls, mountPath: /tls }] }]
      volumes: [{ name: tls, secret: { secretName: web-tls } }]
---
apiVersion: v1
kind: Service
metadata:
  name: MARKweb
  namespace: shop
spec:
  selector: { app: web }
  ports: [{ port: 443 }]
---
`;

function podsWith(mark: '' | '¦'): string {
  return pods.replace('MARK', mark);
}

function client(urls: readonly string[], more = ''): string {
  const env = urls.map((url, index) => `{ name: U${index}, value: "${url}" }`).join(', ');
  return `apiVersion: v1
kind: Pod
metadata: { name: client, namespace: shop }
spec:
  containers:
    - name: client
      env: [${env}]
${more}---
`;
}

function ingress(text: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
${text}---
`;
}

function hook(annotations: string, bundle = ''): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: hook
  annotations: {${annotations}}
webhooks:
  - name: a.shop.test
    clientConfig:
      service: { name: ¦web, namespace: shop }
${bundle}---
`;
}

function unmarked(row: Row): Row {
  const files = Object.entries(row.files).map(([path, text]) => [path, text.replaceAll('¦', '')]);
  const { found: _, ...rest } = row;
  return { ...rest, title: `${row.title}: it has it`, files: Object.fromEntries(files) as Row['files'] };
}

describe('hosts that are served with a Secret of the tree', () => {
  testTrees([
    {
      title: 'an Ingress',
      files: {
        'web.yaml':
          secret +
          ingress(
            '  tls: [{ hosts: [shop.test, ¦www.shop.test], secretName: web-tls }]\n  rules: [{ host: api.shop.test }]\n',
          ),
      },
      certificates: { 'c/web.crt': ['shop.test'] },
      found: [
        [
          'error',
          'Ingress shop/web serves www.shop.test, but www.shop.test is not on its certificate of Secret shop/web-tls (web.yaml)',
        ],
      ],
    },
    unmarked({
      title: 'an Ingress',
      files: {
        'web.yaml': secret + ingress('  tls: [{ hosts: [shop.test, "*.shop.test"], secretName: web-tls }]\n'),
      },
      certificates: { 'c/web.crt': ['shop.test', '*.shop.test'] },
    }),
    {
      title: 'an Ingress whose tls has no hosts',
      files: {
        'web.yaml':
          secret +
          ingress(
            '  tls: [{ secretName: web-tls }]\n  rules: [{ host: shop.test }, { host: "¦*.shop.test" }]\n',
          ),
      },
      certificates: { 'c/web.crt': ['shop.test', 'a.shop.test'] },
      found: [['error', '*.shop.test is not on']],
    },
    {
      title: 'a Secret of another file of the folder, as stringData',
      files: {
        'k/tls.yaml': `apiVersion: v1
kind: Secret
metadata: { name: web-tls }
stringData: { tls.crt: PEM(c/web.crt) }
`,
        'k/web.yaml': ingress('  tls: [{ hosts: [¦shop.test], secretName: web-tls }]\n'),
      },
      certificates: { 'c/web.crt': ['web.test'] },
      found: [['error', 'of Secret web-tls (k/tls.yaml): it has web.test.']],
    },
    {
      title: 'a Certificate of cert-manager: the names that it will have',
      files: {
        'web.yaml':
          made +
          ingress('  tls: [{ hosts: [shop.test, a.shop.test, ¦a.b.shop.test], secretName: web-tls }]\n'),
      },
      certificates: {},
      found: [
        [
          'error',
          'on its certificate by Certificate shop/web (web.yaml): it has shop.test, *.shop.test, 10.0.0.5; *.shop.test stands for one label',
        ],
      ],
    },
    {
      title: 'a Gateway, a Gateway of Istio, an IngressRoute, a Route',
      files: {
        'web.yaml': `${secret}apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: g, namespace: shop }
spec:
  listeners:
    - { hostname: ¦g.test, tls: { certificateRefs: [{ name: web-tls }] } }
    - { hostname: h.test, tls: { certificateRefs: [{ name: web-tls }, { name: not-here }] } }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: i, namespace: shop }
spec:
  servers:
    - { hosts: ["*", shop/¦i.test, shop.test], tls: { mode: SIMPLE, credentialName: web-tls } }
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: { name: t, namespace: shop }
spec:
  routes: [{ match: "(Host(\`shop.test\`) || Host(\`¦t.test\`)) && !Host(\`n.test\`) && PathPrefix(\`/a.test\`)" }]
  tls: { secretName: web-tls }
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: { name: r }
spec: { host: ¦r.test, tls: { certificate: PEM(c/web.crt) } }
`,
      },
      certificates: { 'c/web.crt': ['shop.test'] },
      found: [
        ['error', 'g.test is not on'],
        ['error', 'i.test is not on'],
        ['error', 't.test is not on'],
        ['error', 'Route r serves r.test'],
      ],
    },
    {
      title: 'what Kustomize makes of a file',
      files: {
        'kustomization.yaml':
          'resources: [web.yaml]\nsecretGenerator:\n  - { name: web-tls, type: kubernetes.io/tls, files: [tls.crt=c/web.crt, tls.key=c/web.key] }\n',
        'web.yaml': ingress('  tls: [{ hosts: [¦shop.test], secretName: web-tls }]\n'),
      },
      certificates: { 'c/web.crt': ['web.test'] },
      found: [['error', 'c/web.crt']],
    },
    {
      title:
        'not of another namespace, not with a template, not what Kustomize patches, not what is no certificate',
      files: {
        'a/web.yaml': `${secret}${ingress('  tls: [{ hosts: [a.test], secretName: web-tls }]\n').replace('shop', 'other')}`,
        'b/templates/web.yaml': `${secret}${ingress('  tls: [{ hosts: [b.test], secretName: web-tls }]\n')}# {{ .Values.x }}\n`,
        'c/base/kustomization.yaml': 'resources: [web.yaml]\n',
        'c/base/web.yaml': `${secret}${ingress('  tls: [{ hosts: [c.test], secretName: web-tls }]\n')}`,
        'c/prod/kustomization.yaml':
          'resources: [../base]\npatches: [{ target: { kind: Ingress }, patch: "- op: replace" }]\n',
        'd/web.yaml': `${secret.replace('BASE64(c/web.crt)', 'CHANGE_ME')}${ingress('  tls: [{ hosts: [d.test], secretName: web-tls }]\n')}`,
      },
      certificates: { 'c/web.crt': ['shop.test'] },
    },
  ]);
});

describe('Services, and the certificates of their pods', () => {
  testTrees([
    {
      title: 'URLs by each of the four names',
      files: {
        'web.yaml':
          secret +
          podsWith('') +
          client([
            'https://web:8443/a',
            '¦https://web.shop',
            'https://web.shop.svc',
            '¦https://web.shop.svc.cluster.local',
            'https://web.other',
            'https://web.example.com',
          ]),
      },
      certificates: { 'c/web.crt': ['web', 'web.shop.svc'] },
      found: [
        ['error', 'https://web.shop leads to the Service web, but web.shop is not on'],
        ['error', 'web.shop.svc.cluster.local is not on'],
      ],
    },
    {
      title: 'a URL in a ConfigMap and in arguments; not where the check is off',
      files: {
        'web.yaml': `${secret}${podsWith('')}apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: shop }
data:
  app.conf: |
    # api
    upstream = ¦https://web.shop.svc/
---
${client([], '      args: [--api, "¦https://web"]\n')}${client([], '      args: [curl, -sk, "https://web"]\n')}${client(['https://web', '1']).replace('name: U1', 'name: TLS_SKIP_VERIFY')}`,
      },
      certificates: { 'c/web.crt': ['shop.test'] },
      found: [
        ['error', 'web.shop.svc is not on'],
        ['error', 'https://web leads to the Service web'],
      ],
    },
    {
      title: 'a webhook is called as NAME.NAMESPACE.svc',
      files: { 'web.yaml': secret + podsWith('') + hook('') },
      certificates: { 'c/web.crt': ['web', 'web.shop', 'web.shop.svc.cluster.local'] },
      found: [
        [
          'error',
          'ValidatingWebhookConfiguration hook calls the Service web as web.shop.svc, but web.shop.svc is not on',
        ],
      ],
    },
    unmarked({
      title: 'a webhook is called as NAME.NAMESPACE.svc',
      files: { 'web.yaml': secret + podsWith('') + hook('') },
      certificates: { 'c/web.crt': ['web.shop.svc'] },
    }),
    {
      title: 'a webhook whose CA is injected from a Certificate',
      files: { 'web.yaml': made + hook('cert-manager.io/inject-ca-from: shop/web') },
      certificates: {},
      found: [['error', 'by Certificate shop/web']],
    },
    {
      title: 'a webhook whose caBundle is the certificate itself',
      files: { 'web.yaml': hook('', '      caBundle: BASE64(c/web.crt)\n') },
      certificates: { 'c/web.crt': ['web.default.svc'] },
      found: [['error', 'in the caBundle of ValidatingWebhookConfiguration hook: it has web.default.svc.']],
    },
    {
      title: 'an authority as caBundle says nothing of names; nor what Kustomize renames',
      files: {
        'a/web.yaml': hook('', '      caBundle: BASE64(c/ca.crt)\n').replace('¦', ''),
        'b/kustomization.yaml': 'namePrefix: my-\nresources: [web.yaml]\n',
        'b/web.yaml': (made + hook('cert-manager.io/inject-ca-from: shop/web')).replace('¦', ''),
      },
      certificates: { 'c/ca.crt': { isAuthority: true, usages: [] } },
    },
    {
      title: 'a BackendTLSPolicy has a name for it',
      files: {
        'web.yaml': `${secret}${podsWith('')}apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: p, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  validation: { hostname: ¦backend.test, wellKnownCACertificates: System }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: q, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  validation: { hostname: shop.test }
`,
      },
      certificates: { 'c/web.crt': ['shop.test'] },
      found: [
        [
          'error',
          'BackendTLSPolicy shop/p asks the Service web for backend.test, but backend.test is not on',
        ],
      ],
    },
    {
      title: 'an Ingress whose hosts are common names: a warning',
      files: {
        'web.yaml': secret + ingress('  tls: [{ hosts: [¦shop.test], secretName: web-tls }]\n'),
      },
      certificates: { 'c/web.crt': { commonName: 'shop.test' } },
      found: [['warning', 'its common name shop.test does not count']],
    },
    {
      title: 'a route stands in front, which has names of its own',
      files: {
        'web.yaml': `${secret}${podsWith('')}apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: { name: r }
spec: { rules: [{ backendRefs: [{ name: web, port: 443 }] }] }
`,
      },
      certificates: { 'c/web.crt': ['shop.test'] },
    },
    {
      title: 'no name in use, and none of the four',
      files: { 'web.yaml': secret + podsWith('¦') },
      certificates: { 'c/web.crt': ['api', 'web-1.test'] },
      found: [
        [
          'warning',
          'on which is none of the names of the Service (web, web.shop, web.shop.svc, web.shop.svc.cluster.local)',
        ],
      ],
    },
    {
      title: 'no name in use: one of the four, a pod of it, another way in, a client',
      files: {
        'a/web.yaml': secret + podsWith(''),
        'b/web.yaml': secret.replace('web.crt', 'pod.crt') + podsWith(''),
        'c/web.yaml':
          secret.replace('web.crt', 'other.crt') +
          podsWith('').replace('ports:', 'type: LoadBalancer\n  ports:'),
        'd/web.yaml':
          secret.replace('web.crt', 'other.crt') +
          podsWith('') +
          ingress('  rules: [{ http: { paths: [{ backend: { service: { name: web } } }] } }]\n'),
        'e/web.yaml': secret.replace('web.crt', 'client.crt') + podsWith(''),
        'f/web.yaml':
          secret.replace('web.crt', 'other.crt') +
          podsWith('').replace('ports:', 'clusterIP: 10.96.1.2\n  ports:'),
      },
      certificates: {
        'c/web.crt': ['web.shop'],
        'c/pod.crt': ['web-0.web.shop.svc'],
        'c/other.crt': ['shop.test'],
        'c/client.crt': { names: ['shop.test'], usages: ['clientAuth'] },
      },
    },
    {
      title: 'a comment says why it is so',
      files: {
        'web.yaml': (secret + podsWith('')).replace(
          '  name: web\n',
          '  # altname-ignore-next-line name-not-on-certificate: reached by the mesh\n  name: web\n',
        ),
      },
      certificates: { 'c/web.crt': ['api'] },
    },
  ]);
});
