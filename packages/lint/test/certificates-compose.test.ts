import { describe } from 'node:test';
import { testTrees, type Row } from './certificate-trees.ts';

/** A compose file with a service `api` that is told its certificate, and `web` that has these lines. */
function apiAndWeb(web: string, api = ''): string {
  return `services:
  api:
    image: example/api
    environment:
      TLS_CERT: /certs/api.crt
    volumes:
      - ./certs:/certs:ro
${api}  web:
    image: example/web
${web}`;
}

function pair(
  title: string,
  compose: string,
  good: readonly string[],
  bad: readonly string[],
): readonly Row[] {
  const name = good.find((each) => !bad.includes(each)) ?? '';
  return [
    {
      title: `${title}: the name is there`,
      files: { 'compose.yaml': compose.replaceAll('¦', '') },
      certificates: { 'certs/api.crt': good },
    },
    {
      title: `${title}: the name is missing`,
      files: { 'compose.yaml': compose },
      certificates: { 'certs/api.crt': bad },
      found: [['error', `${name} is not on its certificate certs/api.crt`]],
    },
  ];
}

describe('names in use, and the certificate of the service they lead to', () => {
  testTrees([
    ...pair(
      'a URL in the environment',
      apiAndWeb('    environment:\n      API_URL: ¦https://api:8443/v1\n'),
      ['api'],
      ['api.test'],
    ),
    ...pair(
      'a list of KEY=value',
      apiAndWeb('    environment: ["API_URL=¦https://api:8443"]\n'),
      ['api'],
      ['api.test'],
    ),
    ...pair(
      'a container name',
      apiAndWeb('    environment:\n      U: "¦wss://shop-api"\n', '    container_name: shop-api\n'),
      ['shop-api'],
      ['api'],
    ),
    ...pair(
      'an alias in a shared network',
      apiAndWeb(
        '    environment: { U: ¦https://api.internal }\n    networks: [back]\n',
        '    networks:\n      back:\n        aliases: [api.internal]\n',
      ),
      ['api.internal'],
      ['api'],
    ),
    ...pair(
      'an address in the network',
      apiAndWeb(
        '    environment: { U: "¦https://172.20.0.5:8443" }\n    networks: [back]\n',
        '    networks: { back: { ipv4_address: 172.20.0.5 } }\n',
      ),
      ['172.20.0.5', 'api'],
      ['DNS:172.20.0.5', 'api'],
    ),
    ...pair(
      'a link',
      apiAndWeb('    links: ["api:backend"]\n    environment: { U: ¦https://backend }\n'),
      ['backend'],
      ['api'],
    ),
    ...pair(
      'a command',
      apiAndWeb('    command: ["run", "--api", "¦https://api:8443"]\n'),
      ['api'],
      ['api.test'],
    ),
    ...pair(
      'a health check in the container itself',
      apiAndWeb('', '    healthcheck:\n      test: curl --fail ¦https://localhost:8443/health\n'),
      ['localhost', 'api'],
      ['api'],
    ),
    ...pair(
      'a port of the machine',
      apiAndWeb('    environment: { PUBLIC_API: ¦https://localhost:8443 }\n', '    ports: ["8443:443"]\n'),
      ['localhost'],
      ['api'],
    ),
    ...pair(
      'extra_hosts by the machine',
      apiAndWeb(
        '    extra_hosts: ["api.shop.test:host-gateway"]\n    environment: { U: ¦https://api.shop.test }\n',
        '    ports: ["443:8443"]\n',
      ),
      ['api.shop.test'],
      ['api'],
    ),
    ...pair(
      'a variable with a default',
      apiAndWeb('    environment:\n      U: ${API_URL:-¦https://api}\n'),
      ['api'],
      ['api.test'],
    ),
    ...pair(
      'merge keys and anchors',
      `x-env: &env\n  API: ¦https://api\n${apiAndWeb('    environment:\n      <<: *env\n')}`,
      ['api'],
      ['api.test'],
    ),
    ...pair(
      'a service that extends another',
      apiAndWeb('    extends: { service: base }\n  base:\n    environment: { API: ¦https://api }\n'),
      ['api'],
      ['api.test'],
    ),
    {
      title: 'an .env file of the folder, by a port of the machine',
      files: {
        'deploy/.env': '# https://localhost:8443 is fine\nAPI_URL=¦https://localhost:8443/v1\n',
        'deploy/compose.yaml': apiAndWeb('', '    ports: ["127.0.0.1:8443:443"]\n'),
      },
      certificates: { 'deploy/certs/api.crt': ['api'] },
      found: [['error', 'localhost is not on its certificate deploy/certs/api.crt: it has api.']],
    },
    {
      title: 'an env_file of a service',
      files: {
        'compose.yaml': apiAndWeb('    env_file: [conf/web.env]\n'),
        'conf/web.env': 'API_URL=¦https://api\n',
      },
      certificates: { 'certs/api.crt': ['api.test'] },
      found: [['error', 'https://api leads to the service api']],
    },
    {
      title: 'an override is laid over the file',
      files: {
        'docker-compose.override.yml': 'services:\n  web:\n    environment: { API: ¦https://api }\n',
        'docker-compose.yml': apiAndWeb(''),
      },
      certificates: { 'certs/api.crt': ['api.test'] },
      found: [['error', 'https://api leads to the service api']],
    },
    {
      title: 'PostgreSQL: only verify-full compares the name',
      files: {
        'compose.yaml': `services:
  db:
    image: postgres:17
    command: -c ssl=on -c ssl_cert_file=/tls/server.crt -c ssl_key_file=/tls/server.key
    volumes: ["./tls:/tls"]
  a: { image: a, environment: { U: "postgres://u:p@db/x?sslmode=require" } }
  b: { image: b, environment: { U: "¦postgres://u:p@db/x?sslmode=verify-full" } }
  c: { image: c, environment: { PGHOST: ¦db, PGSSLMODE: verify-full } }
  d: { image: d, environment: { U: "jdbc:¦postgresql://db:5432/x?sslmode=verify-full" } }
`,
      },
      certificates: { 'tls/server.crt': ['database'] },
      found: [
        ['error', 'postgres://db leads to the service db, but db is not on'],
        ['error', 'PGHOST=db'],
        ['error', 'postgresql://db:5432'],
      ],
    },
    {
      title: 'MongoDB and MySQL, by what their URLs say; several hosts',
      files: {
        'compose.yaml': `services:
  m1: { image: "mongo:8", command: mongod --tlsCertificateKeyFile /tls/m.pem, volumes: ["./tls:/tls"] }
  m2: { image: "mongo:8", command: mongod --tlsCertificateKeyFile /tls/m.pem, volumes: ["./tls:/tls"] }
  sql: { image: "mysql:9", command: [--ssl-cert=/tls/m.pem], volumes: ["./tls:/tls"] }
  a:
    image: a
    environment:
      ONE: mongodb://m1,¦m2/x?tls=true
      TWO: mongodb://m1,m2/x
      THREE: mongodb://m2/x?tls=true&tlsAllowInvalidHostnames=true
      FOUR: ¦mysql://sql/x?ssl-mode=VERIFY_IDENTITY
      FIVE: mysql://sql/x?ssl-mode=REQUIRED
`,
      },
      certificates: { 'tls/m.pem': ['m1'] },
      found: [
        ['error', 'm2 is not on'],
        ['error', 'sql is not on'],
      ],
    },
    {
      title: 'a wildcard that does not reach',
      files: {
        'compose.yaml': apiAndWeb(
          '    environment: { U: ¦https://a.b.shop.test }\n',
          '    networks: { default: { aliases: [a.b.shop.test] } }\n',
        ),
      },
      certificates: { 'certs/api.crt': ['*.shop.test'] },
      found: [['error', '*.shop.test stands for one label, not for several']],
    },
    {
      title: 'a common name alone: a warning, for Node takes it',
      files: { 'compose.yaml': apiAndWeb('    environment: { U: ¦https://api }\n') },
      certificates: { 'certs/api.crt': { commonName: 'api' } },
      found: [['warning', 'it has no subjectAltName, and its common name api does not count']],
    },
    {
      title: 'another common name alone',
      files: { 'compose.yaml': apiAndWeb('    environment: { U: ¦https://api }\n') },
      certificates: { 'certs/api.crt': { commonName: 'server' } },
      found: [['error', 'its common name server does not count']],
    },
    {
      title: 'the certificate of itself, as openssl req -x509 makes it',
      files: { 'compose.yaml': apiAndWeb('    environment: { U: ¦https://api }\n') },
      certificates: {
        'certs/api.crt': { names: ['localhost'], isAuthority: true, usages: [] },
      },
      found: [['error', 'it has localhost.']],
    },
    {
      title: 'a certificate and its key, mounted one by one: each by itself is known to be the server',
      files: {
        'compose.yaml': `services:
  api:
    image: a
    volumes:
      - type: bind
        source: ./x/a.pem
        target: /a.pem
      - ./x/a.key:/a.key
  web: { image: w, environment: { U: ¦https://api } }
`,
      },
      certificates: { 'x/a.pem': ['other'] },
      found: [['error', 'x/a.pem']],
    },
    {
      title: 'secrets and configs',
      files: {
        'compose.yaml': `services:
  api:
    image: a
    configs: [{ source: crt, target: /etc/crt }]
    secrets: [key]
  web: { image: w, environment: { U: ¦https://api } }
configs: { crt: { file: x/a.pem } }
secrets: { key: { file: ./x/a.key } }
`,
      },
      certificates: { 'x/a.pem': ['other'] },
      found: [['error', 'x/a.pem']],
    },
    {
      title: 'what the Dockerfile copies',
      files: {
        'compose.yaml': `services:
  api: { build: ./api, environment: { HTTPS_CERT_FILE: /app/tls/a.pem } }
  web: { image: w, environment: { U: ¦https://api } }
`,
        'api/Dockerfile':
          'FROM node AS b\nCOPY x /app/tls/\nFROM node\nWORKDIR /app\nCOPY --chown=1 tls/a.pem \\\n  ./tls/\n',
      },
      certificates: { 'api/tls/a.pem': ['other'] },
      found: [['error', 'api/tls/a.pem']],
    },
    {
      title: 'a configuration that is mounted',
      files: {
        'compose.yaml': `services:
  mq:
    image: eclipse-mosquitto
    volumes: ["./mosquitto.conf:/mosquitto/config/mosquitto.conf", "./c:/c"]
  web: { image: w, environment: { U: ¦mqtts://mq } }
`,
        'mosquitto.conf': 'listener 8883\ncertfile /c/mq.crt\nkeyfile /c/mq.key\n',
      },
      certificates: { 'c/mq.crt': ['broker'], 'c/other.crt': ['mq'] },
      found: [['error', 'c/mq.crt: it has broker.']],
    },
  ]);
});

describe('a certificate that no name in use is compared with', () => {
  testTrees([
    {
      title: 'has one of the names of the service',
      files: { 'compose.yaml': apiAndWeb('', '    hostname: backend\n') },
      certificates: { 'certs/api.crt': ['backend'] },
    },
    {
      title: 'has none of them',
      files: {
        'compose.yaml': apiAndWeb('').replace('/certs/api.crt', '¦/certs/api.crt'),
      },
      certificates: { 'certs/api.crt': ['db'] },
      found: [['warning', 'presents certs/api.crt, which has none of the names that it is reached by (api)']],
    },
    {
      title: 'has none of them, but others may reach it by a port',
      files: { 'compose.yaml': apiAndWeb('', '    ports: ["443:443"]\n') },
      certificates: { 'certs/api.crt': ['shop.test'] },
    },
    {
      title: 'or in a network of others',
      files: {
        'compose.yaml': `${apiAndWeb('', '    networks: [edge]\n')}networks: { edge: { external: true } }\n`,
      },
      certificates: { 'certs/api.crt': ['shop.test'] },
    },
    {
      title: 'has no names at all, and a port leads to it',
      files: {
        'compose.yaml': apiAndWeb('', '    ports: ["443:443"]\n').replace(
          '/certs/api.crt',
          '¦/certs/api.crt',
        ),
      },
      certificates: { 'certs/api.crt': { commonName: 'api' } },
      found: [['warning', 'fits no name that it may be reached by']],
    },
    {
      title: 'extra_hosts gives its address a name',
      files: {
        'compose.yaml': apiAndWeb(
          '    extra_hosts:\n      - ¦api.shop.test:172.20.0.5\n',
          '    networks: { default: { ipv4_address: 172.20.0.5 } }\n',
        ),
      },
      certificates: { 'certs/api.crt': ['api'] },
      found: [['warning', 'extra_hosts of web leads api.shop.test to the service api']],
    },
  ]);
});

describe('what is not known is not told', () => {
  testTrees([
    {
      title: 'a certificate of the tree that nobody mounts',
      files: {
        'compose.yaml':
          'services: { api: { image: a }, web: { image: w, environment: { U: "https://api" } } }\n',
      },
      certificates: { 'certs/api.crt': ['other'] },
    },
    {
      title: 'the whole project is mounted',
      files: {
        'compose.yaml':
          'services: { api: { image: a, volumes: [".:/app"] }, web: { image: w, environment: { U: "https://api" } } }\n',
      },
      certificates: { 'certs/api.crt': ['other'] },
    },
    {
      title: 'a certificate without its key, and no setting that names it',
      files: {
        'compose.yaml':
          'services: { api: { image: a, volumes: ["./certs:/certs"] }, web: { image: w, environment: { U: "https://api" } } }\n',
      },
      certificates: { 'certs/api.crt': ['other'] },
      without: ['certs/api.key'],
    },
    {
      title: 'the certificate of a client',
      files: {
        'compose.yaml': `services:
  api: { image: a, volumes: ["./certs:/certs"], environment: { REDIS_TLS_CERT: /certs/redis.crt, DB_CLIENT_CERT: /certs/redis.crt } }
  web: { image: w, environment: { U: "https://api" } }
`,
      },
      certificates: { 'certs/redis.crt': { names: ['other'], usages: ['clientAuth'] } },
    },
    {
      title: 'a certificate that may be of a client: nothing is told of names that nobody uses',
      files: { 'compose.yaml': 'services: { app: { image: a, volumes: ["./certs:/certs"] } }\n' },
      certificates: { 'certs/app.crt': { names: ['other'], usages: ['serverAuth', 'clientAuth'] } },
    },
    {
      title: 'an authority',
      files: {
        'compose.yaml':
          'services: { api: { image: a, volumes: ["./certs:/certs"], environment: { TLS_CERT: /certs/ca.crt } }, web: { image: w, environment: { U: "https://api" } } }\n',
      },
      certificates: { 'certs/ca.crt': { isAuthority: true, usages: [] } },
    },
    {
      title: 'the host is somebody else',
      files: {
        'compose.yaml': apiAndWeb(
          '    environment: { A: "https://example.com", B: "https://api.example.com", C: "http://api", D: "https://$$HOST" }\n',
        ),
      },
      certificates: { 'certs/api.crt': ['api'] },
    },
    {
      title: 'the service is in another network',
      files: {
        'compose.yaml': apiAndWeb(
          '    networks: [front]\n    environment: { U: "https://api" }\n',
          '    networks: [back]\n    ports: ["8443:8443"]\n',
        ),
      },
      certificates: { 'certs/api.crt': ['api.test'] },
    },
    {
      title: 'the check is off',
      files: {
        'compose.yaml': `services:
  api:
    image: a
    volumes: ["./certs:/certs"]
    ports: ["443:443"]
    healthcheck: { test: curl -fsk https://localhost:8443 }
  kibana: { image: k, environment: { U: "https://api", ELASTICSEARCH_SSL_VERIFICATIONMODE: certificate } }
`,
      },
      certificates: { 'certs/api.crt': ['x.test'] },
    },
    {
      title: 'of two certificates with their keys one has the name',
      files: {
        'compose.yaml':
          'services: { api: { image: a, volumes: ["./certs:/certs"] }, web: { image: w, environment: { U: "https://api" } } }\n',
      },
      certificates: { 'certs/a.crt': ['other'], 'certs/b.crt': ['api'] },
    },
    {
      title: 'a file that is no base of an override',
      files: {
        'docker-compose.prod.yml':
          'services: { api: { image: a, ports: ["443:443"] }, web: { image: w, environment: { U: "https://api" } } }\n',
        'docker-compose.yml': apiAndWeb(''),
      },
      certificates: { 'certs/api.crt': ['api'] },
    },
    {
      title: 'a comment says why it is so',
      files: {
        'compose.yaml': apiAndWeb(
          '    environment:\n      # altname-ignore-next-line name-not-on-certificate: a proxy in front has the name\n      U: https://api\n',
        ),
      },
      certificates: { 'certs/api.crt': ['api.test'] },
    },
  ]);
});
