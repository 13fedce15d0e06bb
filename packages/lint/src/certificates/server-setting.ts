import { posix } from 'node:path';

/**
 * Whether a variable of the environment names the certificate that a server presents. Left out is what names one for a
 * client: of an authority, of a peer, or for a server of another name than the service has.
 *
 * @param service what the service is called, and its image
 */
export function isServerVariable(name: string, service: string): boolean {
  const parts = name.toUpperCase().split(/[_.]+/);
  const has = (...words: readonly string[]): boolean => words.some((word) => parts.includes(word));
  // Files of authorities for OpenSSL, folders for Docker.
  if (/^(?:SSL_CERT_FILE|SSL_CERT_DIR|DOCKER_CERT_PATH|PGSSLCERT)$/.test(name)) return false;
  if (!has('TLS', 'SSL', 'HTTPS', 'HTTP', 'SERVER', 'LISTEN')) return false;
  if (!has('CERT', 'CRT', 'CERTIFICATE', 'CERTFILE', 'CERTIFICATES', 'PUBLICKEY')) return false;
  if (
    has('CLIENT', 'CA', 'CACERT', 'CAS', 'ROOT', 'TRUST', 'TRUSTED', 'PEER', 'TRANSPORT', 'EXTRA', 'BUNDLE')
  ) {
    return false;
  }
  const own = service.toLowerCase();
  return parts.every((part) => !otherServers.has(part) || own.includes(part.toLowerCase().slice(0, 8)));
}

/** In a variable of a service that is none of them, they are the servers that it is a client of. */
const otherServers = new Set(
  'AMQP BROKER CASSANDRA CONSUL DATABASE DB ELASTIC ELASTICSEARCH ETCD KAFKA LDAP MARIADB MONGO MONGODB MQTT MYSQL NATS OPENSEARCH PG POSTGRES POSTGRESQL RABBITMQ REDIS SMTP UPSTREAM VALKEY VAULT'.split(
    ' ',
  ),
);

/**
 * Options by which servers are told their certificate, on their command line or in their configuration: PostgreSQL
 * `ssl_cert_file`, Redis `tls-cert-file`, MySQL `ssl-cert`, MongoDB `tlsCertificateKeyFile`, etcd `cert-file`, Mosquitto
 * `certfile`, RabbitMQ `ssl_options.certfile`, Vault `tls_cert_file`, nginx `ssl_certificate`, Traefik `certFile`, and
 * what Go and Python servers call them.
 */
const option =
  /(?<![\w.-])(?:--?)?(?:ssl_cert_file|tls-cert-file|ssl[-_]cert|tlsCertificateKeyFile|sslPEMKeyFile|cert-file|ssl_options\.certfile|listeners\.ssl\.[\w.]*certfile|tls_cert_file|ssl_certificate|certFile|(?:ssl-|tls-)?certfile|(?:tls|ssl|https)-?(?:cert|crt|certificate)(?:-(?:file|path))?)(?:\s*[=:]\s*|\s+)["']?(\/[^\s"',;]{1,1024})/g;

/** Programs that are told the certificate of a client by the same options. */
const client =
  /(?<![\w./-])(?:curl|wget|psql|pg_isready|mysql|mysqladmin|mariadb|mariadb-admin|mongo|mongosh|redis-cli|etcdctl|mosquitto_pub|mosquitto_sub|s_client)(?![\w-])/;

const mostNamed = 100;

/** The files that options of servers name in texts, and in which of them; of commands, their words. */
export function namedCertificates(
  texts: readonly string[],
): readonly { readonly path: string; readonly index: number }[] {
  const whole = texts.join('\n');
  if (client.test(whole.replaceAll(/\/[\w.-]+\/(?=\w)/g, ''))) return [];
  const ends: number[] = [];
  for (const text of texts) ends.push((ends.at(-1) ?? -1) + text.length + 1);
  return [...whole.matchAll(option)].slice(0, mostNamed).map(({ 0: all, 1: path = '', index }) => ({
    path: posix.normalize(path),
    index: ends.findIndex((end) => end >= index + all.length),
  }));
}
