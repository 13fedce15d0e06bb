import { insecureWord } from 'eslint-plugin-altname/text';
import type { Code } from '../codes.ts';
import type { Fault } from './passage.ts';

export type { Fault };

/** A variable that a program reads by itself, and the values with which it verifies less. */
interface Setting {
  readonly name: string | RegExp;
  readonly isOff: (value: string) => boolean;
  /** For what: `every connection of the process`. */
  readonly of: string;
  readonly instead?: string;
  /** `chain`: the chain is still verified, and the name is not. */
  readonly leaves?: 'chain';
}

/** What the programs in Go take for true, and for false. */
const goTrue = /^(?:1|t|T|TRUE|true|True)$/;
const goFalse = /^(?:0|f|F|FALSE|false|False)$/;

const is =
  (pattern: RegExp) =>
  (value: string): boolean =>
    pattern.test(value);
const isSet = (): boolean => true;
const isNotEmpty = (value: string): boolean => value.trim() !== '';

const npm = 'every request to a registry';
const extraAuthority = 'NODE_EXTRA_CA_CERTS=ca.pem adds the authority that is missing';

/** Each as its program reads it: what does nothing there is not told. */
const settings: readonly Setting[] = [
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED',
    isOff: is(/^0$/),
    of: 'every connection of the process',
    instead: `remove it; ${extraAuthority}`,
  },
  {
    // Git asks whether it is there, and not what it says.
    name: 'GIT_SSL_NO_VERIFY',
    isOff: isSet,
    of: 'git, whatever its value is',
    instead: 'remove it; GIT_SSL_CAINFO=ca.pem gives the authority that is missing',
  },
  {
    name: /^npm_config_strict_ssl$/i,
    isOff: is(/^(?:false|0|null)$/),
    of: npm,
    instead: `remove it; ${extraAuthority}`,
  },
  {
    name: 'YARN_ENABLE_STRICT_SSL',
    isOff: is(/^(?:false|0)$/),
    of: npm,
    instead: 'remove it; YARN_HTTPS_CA_FILE_PATH=ca.pem gives the authority that is missing',
  },
  {
    name: 'PYTHONHTTPSVERIFY',
    isOff: is(/^0$/),
    of: 'every HTTPS request of Python',
    instead: 'remove it; SSL_CERT_FILE=ca.pem gives the authority that is missing',
  },
  {
    name: 'PIP_TRUSTED_HOST',
    isOff: isNotEmpty,
    of: 'pip and the hosts that it names',
    instead: 'remove it; PIP_CERT=ca.pem gives the authority that is missing',
  },
  {
    name: 'UV_INSECURE_HOST',
    isOff: isNotEmpty,
    of: 'uv and the hosts that it names',
    instead: 'remove it; SSL_CERT_FILE=ca.pem gives the authority that is missing',
  },
  {
    name: 'CONDA_SSL_VERIFY',
    isOff: is(/^(?:false|no|off|0)$/i),
    of: 'conda',
    instead: 'CONDA_SSL_VERIFY=ca.pem',
  },
  {
    name: /^POETRY_CERTIFICATES_\w+_CERT$/,
    isOff: is(/^false$/),
    of: 'a repository of Poetry',
    instead: 'the path of the authority as its value',
  },
  {
    name: 'BUNDLE_SSL_VERIFY_MODE',
    isOff: is(/^0$/),
    of: 'Bundler',
    instead: 'remove it; BUNDLE_SSL_CA_CERT=ca.pem gives the authority that is missing',
  },
  {
    name: 'PERL_LWP_SSL_VERIFY_HOSTNAME',
    isOff: is(/^0?$/),
    of: 'LWP of Perl',
    instead: 'remove it; PERL_LWP_SSL_CA_FILE=ca.pem gives the authority that is missing',
  },
  { name: 'LDAPTLS_REQCERT', isOff: is(/^(?:never|allow)$/i), of: 'LDAP', instead: 'LDAPTLS_CACERT=ca.pem' },
  {
    name: 'VAULT_SKIP_VERIFY',
    isOff: is(goTrue),
    of: 'the client of Vault',
    instead: 'VAULT_CACERT=ca.pem, and VAULT_TLS_SERVER_NAME for the name',
  },
  {
    name: 'BAO_SKIP_VERIFY',
    isOff: is(goTrue),
    of: 'the client of OpenBao',
    instead: 'BAO_CACERT=ca.pem, and BAO_TLS_SERVER_NAME for the name',
  },
  {
    name: 'CONSUL_HTTP_SSL_VERIFY',
    isOff: is(goFalse),
    of: 'the client of Consul',
    instead: 'CONSUL_CACERT=ca.pem, and CONSUL_TLS_SERVER_NAME for the name',
  },
  {
    name: 'NOMAD_SKIP_VERIFY',
    isOff: is(goTrue),
    of: 'the client of Nomad',
    instead: 'NOMAD_CACERT=ca.pem, and NOMAD_TLS_SERVER_NAME for the name',
  },
  {
    name: 'BOUNDARY_TLS_INSECURE',
    isOff: is(goTrue),
    of: 'the client of Boundary',
    instead: 'BOUNDARY_CACERT=ca.pem',
  },
  {
    name: 'ETCDCTL_INSECURE_SKIP_TLS_VERIFY',
    isOff: is(goTrue),
    of: 'etcdctl',
    instead: 'ETCDCTL_CACERT=ca.pem',
  },
  {
    name: 'HELM_KUBEINSECURE_SKIP_TLS_VERIFY',
    isOff: is(goTrue),
    of: 'helm and its cluster',
    instead: 'HELM_KUBECAFILE=ca.pem',
  },
  {
    name: 'ELASTICSEARCH_SSL_VERIFICATIONMODE',
    isOff: is(/^none$/),
    of: 'what Kibana asks Elasticsearch',
    instead: 'ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES=ca.pem',
  },
  {
    name: 'ELASTICSEARCH_SSL_VERIFICATIONMODE',
    isOff: is(/^certificate$/),
    of: 'what Kibana asks Elasticsearch',
    instead: 'full',
    leaves: 'chain',
  },
  {
    name: 'ELASTIC_APM_VERIFY_SERVER_CERT',
    isOff: is(/^(?:false|0)$/i),
    of: 'the agent of Elastic APM',
    instead: 'ELASTIC_APM_SERVER_CA_CERT_FILE=ca.pem',
  },
  // Of the values of sslmode only pg has this one. The others are libpq's, and depend on who reads them.
  {
    name: 'PGSSLMODE',
    isOff: is(/^no-verify$/),
    of: 'pg',
    instead: 'PGSSLMODE=verify-full with PGSSLROOTCERT=ca.pem',
  },
  {
    name: 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION',
    isOff: isNotEmpty,
    of: 'the command az',
    instead: 'remove it; REQUESTS_CA_BUNDLE=ca.pem gives the authority that is missing',
  },
  {
    name: 'CLOUDSDK_AUTH_DISABLE_SSL_VALIDATION',
    isOff: is(/^(?:true|1|yes|on)$/i),
    of: 'gcloud',
    instead: 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE=ca.pem',
  },
  { name: 'RCLONE_NO_CHECK_CERTIFICATE', isOff: is(goTrue), of: 'rclone', instead: 'RCLONE_CA_CERT=ca.pem' },
  { name: 'GOVC_INSECURE', isOff: is(goTrue), of: 'govc', instead: 'GOVC_TLS_CA_CERTS=ca.pem' },
  { name: 'VSPHERE_ALLOW_UNVERIFIED_SSL', isOff: is(goTrue), of: 'the vSphere provider of Terraform' },
  {
    name: 'OAUTH2_PROXY_SSL_INSECURE_SKIP_VERIFY',
    isOff: is(goTrue),
    of: 'OAuth2 Proxy and its provider',
    instead: 'OAUTH2_PROXY_PROVIDER_CA_FILES=ca.pem',
  },
  {
    name: 'OAUTH2_PROXY_SSL_UPSTREAM_INSECURE_SKIP_VERIFY',
    isOff: is(goTrue),
    of: 'OAuth2 Proxy and its upstreams',
  },
  {
    name: 'TRAEFIK_SERVERSTRANSPORT_INSECURESKIPVERIFY',
    isOff: is(goTrue),
    of: 'every server behind Traefik',
    instead: 'TRAEFIK_SERVERSTRANSPORT_ROOTCAS=ca.pem',
  },
  {
    name: /^GF_\w+_TLS_SKIP_VERIFY_INSECURE$/,
    isOff: is(goTrue),
    of: 'a login of Grafana',
    instead: 'the variable that ends in TLS_CLIENT_CA',
  },
  { name: 'GF_SMTP_SKIP_VERIFY', isOff: is(goTrue), of: 'the mail of Grafana' },
  {
    name: /^(?:DRONE|WOODPECKER)_\w+_SKIP_VERIFY$/,
    isOff: is(goTrue),
    of: 'the forge that builds are taken from',
  },
  { name: 'DD_SKIP_SSL_VALIDATION', isOff: is(/^(?:true|yes|on|1)$/i), of: 'the agent of Datadog' },
];

/** Variables with options for a Java machine. */
const ofJava =
  /^(?:JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|JAVA_OPTS|MAVEN_OPTS|MAVEN_ARGS|GRADLE_OPTS)$/;

/** Properties of Java by which less is verified, and whether the chain still is. */
const javaProperties: readonly { readonly word: RegExp; readonly leaves?: 'chain' }[] = [
  { word: /^-Dmaven\.wagon\.http\.ssl\.insecure(?:=true)?$/ },
  { word: /^-Djdk\.internal\.httpclient\.disableHostnameVerification(?:=true|=)?$/, leaves: 'chain' },
  { word: /^-Dcom\.sun\.jndi\.ldap\.object\.disableEndpointIdentification(?:=true|=)?$/, leaves: 'chain' },
];

/** What stands in a text wherever such a variable does, or a connection string of this kind. */
export const settingMarks: RegExp =
  /REJECT_UNAUTHORIZED|SSL_NO_VERIFY|strict_ssl|STRICT_SSL|HTTPSVERIFY|TRUSTED_HOST|INSECURE|SSL_VERIFY|VERIFY_HOSTNAME|POETRY_CERTIFICATES|LDAPTLS|SKIP_VERIFY|VERIFICATIONMODE|VERIFY_SERVER_CERT|no-verify|CONNECTION_VERIFICATION|SSL_VALIDATION|NO_CHECK_CERTIFICATE|ALLOW_UNVERIFIED|ssl\.insecure|disableHostnameVerification|disableEndpointIdentification|AllowInvalid|tlsInsecure|rejectUnauthorized|[Tt]rust ?[Ss]erver ?[Cc]ertificate|ssl_cert_reqs|verifyServerCertificate|NonValidatingFactory/;

/**
 * What is wrong with a variable of the environment that has this value; null for nothing.
 *
 * @param written the value, or `${NAME:-value}` for one that the environment may replace
 */
export function settingFault(name: string, written: string): Fault | null {
  const value = /^\$\{\w+:?-([^{}]*)\}$/.exec(written)?.[1] ?? written;
  for (const setting of settings) {
    const isIt = typeof setting.name === 'string' ? setting.name === name : setting.name.test(name);
    if (isIt && setting.isOff(value)) return faultOf(name, value, setting);
  }
  if (ofJava.test(name)) return javaFault(value);
  const word = insecureWord(value);
  if (word === undefined) return null;
  return {
    code: 'no-disabled-verification',
    message: `${word} in a connection string switches verification off: whoever answers is believed.`,
    hint: 'name the authority in the connection string, and verify',
  };
}

function faultOf(name: string, value: string, { of, leaves, instead }: Setting): Fault {
  const given = `${name}=${value}`;
  const hint = instead === undefined ? {} : { hint: instead };
  return leaves === 'chain'
    ? { ...nameFault(`${given} switches the comparison of the name off for ${of}`), ...hint }
    : {
        code: 'no-disabled-verification',
        message: `${given} switches verification off for ${of}: whoever answers is believed.`,
        ...hint,
      };
}

/** The chain alone is verified. */
export function nameFault(message: string): { code: Code; message: string } {
  return {
    code: 'no-disabled-identity-check',
    message: `${message}: the certificate of any other host is believed.`,
  };
}

function javaFault(value: string): Fault | null {
  for (const option of value.split(/\s+/)) {
    const property = javaProperties.find(({ word }) => word.test(option));
    if (property === undefined) continue;
    if (property.leaves === 'chain') return nameFault(`${option} switches the comparison of the name off`);
    return {
      code: 'no-disabled-verification',
      message: `${option} switches verification off: whoever answers is believed.`,
      hint: '-Djavax.net.ssl.trustStore=truststore.p12',
    };
  }
  return null;
}
