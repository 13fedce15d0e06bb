import type { InsecureFlag } from './insecure-flags.ts';
import { go, letter, plain, valued, written, type Flag } from './flag-forms.ts';

/** Flags of some programs. */
export interface FlagRow {
  readonly programs: readonly string[];
  readonly flags: readonly Flag[];
  readonly leaves?: InsecureFlag['leaves'];
  readonly instead?: string;
}

const anything = /./;
const no = /^(?:false|no|off|0)$/i;
const yes = /^(?:true|yes|on|1)$/i;

const certificateAuthority = '--certificate-authority ca.pem';
const containers = 'the authority in /etc/containers/certs.d/HOST/ca.crt';

const ofMongo = [
  'mongosh',
  'mongo',
  'mongodump',
  'mongorestore',
  'mongoexport',
  'mongoimport',
  'mongostat',
  'mongotop',
];

/** What each program takes for off. */
export const flagRows: readonly FlagRow[] = [
  {
    programs: ['curl'],
    flags: [
      plain('--insecure', '--proxy-insecure', '--doh-insecure'),
      letter('k', 'ABbcCdDeEFHhKmoPQrTtuUwxXyYz'),
    ],
    instead: '--cacert ca.pem, or --connect-to and --resolve to dial another address',
  },
  {
    programs: ['wget', 'wget2'],
    flags: [plain('--no-check-certificate'), valued('--check-certificate', /^(?:no|off|quiet)$/)],
    instead: '--ca-certificate=ca.pem',
  },
  { programs: ['wget2'], flags: [plain('--no-check-hostname')], leaves: 'chain' },
  {
    programs: ['aria2c'],
    flags: [valued('--check-certificate', /^false$/)],
    instead: '--ca-certificate=ca.pem',
  },
  {
    programs: ['http', 'https', 'xh', 'xhs'],
    flags: [valued('--verify', /^(?:no|false)$/)],
    instead: '--verify ca.pem',
  },
  { programs: ['hurl'], flags: [plain('--insecure', '-k')], instead: '--cacert ca.pem' },
  { programs: ['yt-dlp', 'youtube-dl'], flags: [plain('--no-check-certificates', '--no-check-certificate')] },
  { programs: ['rclone'], flags: [go('no-check-certificate')], instead: '--ca-cert ca.pem' },
  { programs: ['s3cmd'], flags: [plain('--no-check-certificate')], instead: '--ca-certs=ca.pem' },
  { programs: ['s3cmd'], flags: [plain('--no-check-hostname')], leaves: 'chain' },
  { programs: ['aws'], flags: [plain('--no-verify-ssl')], instead: '--ca-bundle ca.pem' },
  {
    programs: ['gcloud'],
    flags: [written(/^set$/, /^auth\/disable_ssl_validation$/, yes)],
    instead: 'gcloud config set core/custom_ca_certs_file ca.pem',
  },
  {
    programs: ['git'],
    flags: [
      (words, at) => (/^http\.(?:.*\.)?sslVerify=(?:false|no|off|0)?$/i.test(words[at] ?? '') ? 1 : 0),
      written(/^config$/, /^http\.(?:.*\.)?sslVerify$/i, no),
    ],
    instead: 'git -c http.sslCAInfo=ca.pem',
  },
  { programs: ['hg'], flags: [plain('--insecure')], instead: '--config web.cacerts=ca.pem' },
  {
    programs: ['svn'],
    flags: [plain('--trust-server-cert'), valued('--trust-server-cert-failures', /unknown-ca|other/)],
    instead: '--config-option servers:global:ssl-authority-files=ca.pem',
  },
  { programs: ['svn'], flags: [valued('--trust-server-cert-failures', /cn-mismatch/)], leaves: 'chain' },
  {
    programs: ['npm', 'npx', 'yarn', 'pnpm', 'pnpx'],
    flags: [
      plain('--no-strict-ssl'),
      valued('--strict-ssl', /^(?:false|0)$/),
      written(/^set$/, /^(?:strict-ssl|enableStrictSsl)$/, /^(?:false|0)$/),
    ],
    instead: 'NODE_EXTRA_CA_CERTS=ca.pem',
  },
  {
    programs: ['deno'],
    flags: [(words, at) => (/^--unsafely-ignore-certificate-errors(?:=|$)/.test(words[at] ?? '') ? 1 : 0)],
    instead: '--cert ca.pem',
  },
  {
    programs: ['pip', 'uv', 'pipenv', 'pip-compile', 'pipx'],
    flags: [valued('--trusted-host', anything), valued('--allow-insecure-host', anything)],
    instead: '--cert ca.pem, or SSL_CERT_FILE=ca.pem',
  },
  {
    programs: ['pip'],
    flags: [written(/^set$/, /\.trusted-host$/, anything)],
    instead: 'pip config set global.cert ca.pem',
  },
  {
    programs: ['conda', 'mamba'],
    flags: [plain('--insecure')],
    instead: 'conda config --set ssl_verify ca.pem',
  },
  {
    programs: ['conda', 'mamba'],
    flags: [written(/^--set$/, /^ssl_verify$/, no)],
    instead: 'conda config --set ssl_verify ca.pem',
  },
  {
    programs: ['poetry'],
    flags: [written(/^config$/, /^certificates\..+\.cert$/, /^false$/)],
    instead: 'poetry config certificates.NAME.cert ca.pem',
  },
  {
    programs: ['bundle', 'bundler'],
    flags: [written(/^config$/, /^(?:BUNDLE_SSL_VERIFY_MODE|ssl_verify_mode)$/, /^0$/)],
    instead: 'bundle config ssl_ca_cert ca.pem',
  },
  {
    programs: ['composer'],
    flags: [written(/^config$/, /^disable-tls$/, yes)],
    instead: 'composer config cafile ca.pem',
  },
  {
    programs: ['apt', 'apt-get', 'aptitude'],
    flags: [
      (words, at) =>
        /^(?:-o)?Acquire::https::(?:.+::)?Verify-Peer=(?:false|no|off|0)$/i.test(words[at] ?? '') ? 1 : 0,
    ],
    instead: '-o Acquire::https::CaInfo=ca.pem',
  },
  {
    programs: ['apt', 'apt-get', 'aptitude'],
    flags: [
      (words, at) =>
        /^(?:-o)?Acquire::https::(?:.+::)?Verify-Host=(?:false|no|off|0)$/i.test(words[at] ?? '') ? 1 : 0,
    ],
    leaves: 'chain',
  },
  { programs: ['apk'], flags: [plain('--no-check-certificate')], instead: 'the authority in /etc/ssl/certs' },
  {
    programs: ['yum', 'dnf', 'microdnf'],
    flags: [valued('--setopt', /^(?:.+\.)?sslverify=(?:false|no|0)$/i)],
    instead: '--setopt=sslcacert=ca.pem',
  },
  {
    programs: ['mvn', 'mvnw', 'mvnd'],
    flags: [(words, at) => (/^-Dmaven\.wagon\.http\.ssl\.insecure(?:=true)?$/.test(words[at] ?? '') ? 1 : 0)],
    instead: '-Djavax.net.ssl.trustStore=truststore.p12',
  },
  {
    programs: [
      'kubectl',
      'oc',
      'helm',
      'velero',
      'kubeadm',
      'k9s',
      'skaffold',
      'linkerd',
      'istioctl',
      'cilium',
    ],
    flags: [
      go('insecure-skip-tls-verify'),
      go('kube-insecure-skip-tls-verify'),
      go('insecure-skip-tls-verify-backend'),
    ],
    instead: certificateAuthority,
  },
  { programs: ['helm'], flags: [go('insecure')], instead: '--ca-file ca.pem' },
  {
    programs: ['argocd'],
    flags: [go('insecure'), go('insecure-skip-server-verification')],
    instead: '--server-crt ca.pem',
  },
  { programs: ['etcdctl'], flags: [go('insecure-skip-tls-verify')], instead: '--cacert ca.pem' },
  { programs: ['vault', 'bao', 'nomad'], flags: [go('tls-skip-verify')], instead: '-ca-cert=ca.pem' },
  { programs: ['boundary'], flags: [go('tls-insecure')], instead: '-ca-cert=ca.pem' },
  {
    programs: ['grpcurl'],
    flags: [go('insecure')],
    instead: '-cacert ca.pem, and -authority or -servername for the name',
  },
  { programs: ['k6'], flags: [go('insecure-skip-tls-verify')] },
  { programs: ['vegeta'], flags: [go('insecure')], instead: '-root-certs ca.pem' },
  { programs: ['influx'], flags: [go('skip-verify'), go('unsafeSsl')] },
  { programs: ['mc'], flags: [go('insecure')], instead: 'the authority in ~/.mc/certs/CAs' },
  { programs: ['restic'], flags: [go('insecure-tls')], instead: '--cacert ca.pem' },
  { programs: ['trivy'], flags: [go('insecure')], instead: 'SSL_CERT_FILE=ca.pem' },
  { programs: ['oras'], flags: [go('insecure')], instead: '--ca-file ca.pem' },
  { programs: ['cf'], flags: [go('skip-ssl-validation')], instead: 'SSL_CERT_FILE=ca.pem' },
  { programs: ['govc'], flags: [plain('-k', '-k=true')], instead: '-tls-ca-certs=ca.pem' },
  { programs: ['openstack'], flags: [plain('--insecure')], instead: '--os-cacert ca.pem' },
  {
    programs: ['docker', 'podman', 'buildah', 'skopeo', 'nerdctl'],
    flags: [
      valued('--tls-verify', /^(?:false|0|f)$/),
      valued('--src-tls-verify', /^(?:false|0|f)$/),
      valued('--dest-tls-verify', /^(?:false|0|f)$/),
    ],
    instead: containers,
  },
  {
    programs: ['dockerd'],
    flags: [valued('--insecure-registry', anything)],
    instead: 'the authority in /etc/docker/certs.d/HOST/ca.crt',
  },
  {
    programs: ['executor'],
    flags: [go('skip-tls-verify'), go('skip-tls-verify-pull')],
    instead: '--registry-certificate HOST=ca.pem',
  },
  {
    programs: ['mosquitto_pub', 'mosquitto_sub', 'mosquitto_rr'],
    flags: [plain('--insecure')],
    leaves: 'chain',
  },
  {
    programs: ['redis-cli', 'valkey-cli'],
    flags: [plain('--insecure')],
    instead: '--cacert ca.pem, and --sni for the name',
  },
  {
    programs: ofMongo,
    flags: [plain('--tlsAllowInvalidCertificates', '--sslAllowInvalidCertificates', '--tlsInsecure')],
    instead: '--tlsCAFile ca.pem',
  },
  {
    programs: ofMongo,
    flags: [plain('--tlsAllowInvalidHostnames', '--sslAllowInvalidHostnames')],
    leaves: 'chain',
  },
  {
    programs: ['mysql', 'mariadb', 'mysqldump', 'mariadb-dump', 'mysqladmin', 'mariadb-admin'],
    flags: [
      plain('--skip-ssl-verify-server-cert', '--disable-ssl-verify-server-cert'),
      (words, at) => (/^--ssl-verify-server-cert=(?:0|off|false)$/i.test(words[at] ?? '') ? 1 : 0),
    ],
    instead: '--ssl-ca=ca.pem',
  },
  { programs: ['wscat'], flags: [plain('-n', '--no-check')], instead: '--ca ca.pem' },
  { programs: ['websocat'], flags: [plain('-k', '--insecure')], instead: 'SSL_CERT_FILE=ca.pem' },
  { programs: ['newman'], flags: [plain('-k', '--insecure')], instead: '--ssl-extra-ca-certs ca.pem' },
  { programs: ['ansible-galaxy'], flags: [plain('--ignore-certs')], instead: 'SSL_CERT_FILE=ca.pem' },
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'electron'],
    flags: [plain('--ignore-certificate-errors')],
    instead: 'the authority in the store of the system',
  },
  {
    programs: ['socat'],
    flags: [(words, at) => (/^(?:openssl|ssl)[\w-]*:.*,verify=0(?:,|$)/i.test(words[at] ?? '') ? 1 : 0)],
    instead: 'cafile=ca.pem in the place of verify=0',
  },
];

/** What says itself what it does, whatever program it is given to: `--insecure-skip-verify`, `--es.ssl-skip-verify`. */
export const flagsOfAnyProgram: readonly Flag[] = [
  go('insecure-skip-tls-verify'),
  go('kubelet-insecure-tls'),
  go('skip-tls-verify'),
  go('(?:[\\w.]+-)?(?:(?:tls|ssl)-(?:insecure-)?|insecure-)skip-verify'),
];
