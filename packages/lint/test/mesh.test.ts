import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { envoy } from '../src/formats/envoy.ts';
import { kubeconfig } from '../src/formats/kubeconfig.ts';
import { traefikToml } from '../src/formats/traefik-toml.ts';
import { traefik } from '../src/formats/traefik.ts';
import { foundIn } from './found.ts';
import { hostile } from './hostile.ts';

const off = 'no-disabled-verification';
const uncompared = 'no-disabled-identity-check';
const unsent = 'servername-not-sent';
const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
const ca = 'trusted_ca: { filename: ca.pem }';

/** What stands behind the `@type` of an UpstreamTlsContext, from line 8 on, its cluster, and what is found. */
const contexts: readonly (readonly [context: string, found: readonly string[], cluster?: string])[] = [
  ['', [`${off} 7:15`, `${unsent} 7:15`]],
  ['sni: a.example', [`${off} 7:15`]],
  [`sni: a.example\ncommon_tls_context: { validation_context: { ${ca} } }`, [`${uncompared} 9:50`]],
  [
    `sni: a.example\nauto_sni_san_validation: true\ncommon_tls_context: { validation_context: { ${ca} } }`,
    [],
  ],
  [
    `sni: a.example\ncommon_tls_context: { validation_context: { ${ca}, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: a.example } }] } }`,
    [],
  ],
  [
    `sni: a.example\ncommonTlsContext: { validationContext: { trustedCa: { filename: a }, matchSubjectAltNames: [{ exact: a }] } }`,
    [],
  ],
  [
    `common_tls_context: { validation_context: { ${ca}, match_subject_alt_names: [{ exact: a.example }] } }`,
    [`${unsent} 7:15`],
  ],
  [`sni: a.example\ncommon_tls_context: { validation_context: { crl: { filename: a } } }`, [`${off} 9:28`]],
  [
    `sni: a.example\ncommon_tls_context: { validation_context: { ${ca}, trust_chain_verification: ACCEPT_UNTRUSTED } }`,
    [`${off} 9:84`],
  ],
  ['sni: a.example\ncommon_tls_context: { validation_context_sds_secret_config: { name: a } }', []],
  [
    'sni: a.example\ncommon_tls_context: { combined_validation_context: { default_validation_context: {}, validation_context_sds_secret_config: { name: a } } }',
    [],
  ],
  [
    'sni: a.example\ncommon_tls_context: { validation_context: { system_root_certs: {} } }',
    [`${uncompared} 9:50`],
  ],
  ['sni: a.example\ncommon_tls_context: { validation_context: { verify_certificate_spki: [a] } }', []],
  [
    'sni: 10.0.0.5\nauto_sni_san_validation: true\ncommon_tls_context: { validation_context: { system_root_certs: {} } }',
    ['no-ip-servername 8:6'],
  ],
  [
    'sni: a.example:443\nauto_sni_san_validation: true\ncommon_tls_context: { validation_context: { system_root_certs: {} } }',
    ['no-malformed-servername 8:6'],
  ],
  [
    `auto_host_sni: true\nauto_sni_san_validation: true\ncommon_tls_context: { validation_context: { ${ca} } }`,
    [],
  ],
  [
    `common_tls_context: { validation_context: { ${ca} } }`,
    [],
    'typed_extension_protocol_options: { a: { upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true } } }',
  ],
  ['', [], 'load_assignment: { endpoints: [{ socket_address: { address: 127.0.0.1, port_value: 1 } }] }'],
];

const files: readonly (readonly [title: string, path: string, text: string, found: readonly string[]])[] = [
  [
    'Envoy in JSON',
    'envoy.json',
    `{ "clusters": [{ "transportSocket": { "typedConfig": {\n"@type": "${type}" } } }] }`,
    [`${off} 2:11`, `${unsent} 2:11`],
  ],
  [
    'Envoy in a manifest',
    'filter.yaml',
    `apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nspec:\n  transport_socket:\n    typed_config:\n      "@type": ${type}\n      sni: a.example\n`,
    [`${off} 6:16`],
  ],
  [
    'TLS to clients',
    'envoy.yaml',
    `transport_socket: { typed_config: { "@type": ${type.replace('Upstream', 'Downstream')} } }`,
    [],
  ],
  [
    'the static configuration of Traefik',
    'traefik.yml',
    'serversTransport:\n  insecureSkipVerify: true\n',
    [`${off} 2:3`],
  ],
  [
    'the dynamic configuration of Traefik',
    'dynamic.yaml',
    'http:\n  serversTransports:\n    a:\n      insecureskipverify: true\n      serverName: 10.0.0.5\n    b:\n      serverName: https://a.example\n    c:\n      serverName: a.example.\n',
    [`${off} 4:7`, 'no-ip-servername 5:7 warning', 'no-malformed-servername 7:7'],
  ],
  [
    'servers of Traefik that are addresses',
    'dynamic.yaml',
    `http:\n  serversTransports: { named: { serverName: a.example }, bare: {} }\n  services:\n${[
      ['a', ''],
      ['b', 'serversTransport: named, '],
      ['c', 'serversTransport: bare@file, '],
      ['d', 'serversTransport: elsewhere, '],
    ]
      .map(
        ([name, transport]) =>
          `    ${name}: { loadBalancer: { ${transport}servers: [{ url: "https://10.0.0.5:8443" }] } }`,
      )
      .join(
        '\n',
      )}\n    e: { loadBalancer: { servers: [{ url: "https://a.example" }, { url: "http://10.0.0.5" }, { url: "https://127.0.0.1" }] } }\n`,
    ['no-ip-servername 4:44 warning', 'no-ip-servername 6:73 warning'],
  ],
  [
    'the static configuration of Traefik in TOML',
    'traefik.toml',
    '[log]\nlevel = "INFO"\n\n[serversTransport]\n  insecureSkipVerify = true\n',
    [`${off} 5:3`],
  ],
  [
    'the dynamic configuration of Traefik in TOML',
    'dynamic.toml',
    '[http.serversTransports.a]\n  insecureskipverify = true\n  serverName = "10.0.0.5"\n[http.serversTransports]\nb = { serverName = "https://a.example" }\nc.serverName = "a.example."\n"d".insecureSkipVerify = false\n',
    [`${off} 2:3`, 'no-ip-servername 3:3 warning', 'no-malformed-servername 5:7'],
  ],
  [
    'servers of Traefik that are addresses in TOML',
    'dynamic.toml',
    `[http.serversTransports.named]\nserverName = "a.example"\n[http.serversTransports.bare]\nmaxIdleConnsPerHost = 7\n${[
      ['a', ''],
      ['b', 'named'],
      ['c', 'bare@file'],
      ['d', 'elsewhere'],
    ]
      .map(
        ([name, transport]) =>
          `[http.services.${name}.loadBalancer]\nserversTransport = "${transport}"\n[[http.services.${name}.loadBalancer.servers]]\nurl = "https://10.0.0.5:8443"\n`,
      )
      .join('')
      .replace(
        'serversTransport = ""',
        '',
      )}[http.services.e]\nloadBalancer.servers = [{ url = "https://a.example" }, { url = "https://[2001:db8::1]" }, { url = "http://10.0.0.5" }]\n`,
    ['no-ip-servername 8:7 warning', 'no-ip-servername 16:7 warning', 'no-ip-servername 22:64 warning'],
  ],
  ['TOML that is broken', 'dynamic.toml', '[http.serversTransports.a\n', ['not-read 2:1 note']],
  [
    'a kubeconfig',
    '.kube/config',
    'apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster:\n    server: https://10.0.0.5:6443\n    insecure-skip-tls-verify: true\n- name: b\n  cluster: { server: "https://10.0.0.5", tls-server-name: 10.0.0.5 }\n- name: c\n  cluster: { tls-server-name: kubernetes, insecure-skip-tls-verify: false }\n- name: d\n  cluster: { tls-server-name: "https://a.example" }\n',
    [`${off} 7:5`, 'no-ip-servername 9:42 warning', 'no-malformed-servername 13:14'],
  ],
];

describe('envoy, traefik and kubeconfig', () => {
  for (const [context, found, cluster = 'type: STRICT_DNS'] of contexts) {
    it(`${context} ${cluster}`, () => {
      const lines = [
        'static_resources:',
        ' clusters:',
        ' - name: a',
        `   ${cluster}`,
        '   transport_socket:',
      ];
      const fields = context.split('\n').filter((line) => line !== '');
      const text = [
        ...lines,
        '    typed_config:',
        ...[`"@type": ${type}`, ...fields].map((line) => `     ${line}`),
      ];
      assert.deepEqual(foundIn('envoy.yaml', text.join('\n')), found);
    });
  }
  for (const [title, path, text, found] of files) {
    it(title, () => assert.deepEqual(foundIn(path, text), found));
  }
  hostile(envoy, 'envoy.yaml', [`- { transport_socket: { typed_config: { "@type": UpstreamTlsContext } } }`]);
  hostile(traefik, 'traefik.yml', [
    '- serversTransports: { a: { serverName: b } }',
    '  loadBalancer: { servers: [{ url: https://10.0.0.5 }] }',
  ]);
  hostile(traefikToml, 'traefik.toml', [
    '[[serversTransports.a]]\nserverName = "b"\n',
    'loadBalancer = [{ url = "https://10.0.0.5" }]\n',
  ]);
  hostile(kubeconfig, 'kubeconfig', ['kind: Config\nclusters:\n- cluster: { tls-server-name: a }\n']);
});
