import { parentOf, staticKey, unwrapped, type Node } from '../source/node.ts';
import { originOf } from '../source/origin.ts';
import type { SourceFile } from '../source/source-file.ts';
import { usesOf } from '../source/uses.ts';

/** Modules whose options have the names of `tls.connect`, or take them as they are. */
const modules =
  /^(?:https|tls|http2|undici|axios|got|ws|pg|ioredis|redis|@redis\/client|nodemailer|mqtt|amqplib|mongodb|mongoose|kafkajs|postgres|mysql2|tedious|mssql|imapflow|basic-ftp|needle|request|node-fetch|superagent|https-proxy-agent|socks-proxy-agent|@elastic\/\w+|@opensearch-project\/opensearch|@grpc\/grpc-js|httpxy|http-proxy(?:-3|-middleware)?|@altname\/client|ldapts|ldapjs|net)(?:[./(]|$)/;

/** Keys under which the options of TLS stand. */
const holders: ReadonlySet<string> = new Set([
  ...[
    'tls',
    'ssl',
    'https',
    'connect',
    'secureOptions',
    'tlsOptions',
    'tlsConfig',
    'sslOptions',
    'requestTls',
    'proxyTls',
  ],
  ...[
    'agentOptions',
    'sentinelTLS',
    'httpsAgentOptions',
    'connectionOptions',
    'socketOptions',
    'secureContext',
  ],
]);

/** Keys that only stand beside a server name in options of TLS. */
const companions: ReadonlySet<string> = new Set([
  ...[
    'ca',
    'cert',
    'pfx',
    'rejectUnauthorized',
    'checkServerIdentity',
    'ALPNProtocols',
    'minVersion',
    'secureContext',
  ],
  ...['host', 'hostname', 'socket', 'tls', 'ssl'],
]);

/** Whether an object has options of TLS: by where it goes, by what it stands under, or by what stands beside. */
export function isAboutTls(file: SourceFile, object: Node): boolean {
  if (object.type === 'ObjectExpression') {
    const keys = object.properties.map(
      (each) => (each.type === 'Property' ? staticKey(each) : undefined) ?? '',
    );
    if (keys.some((key) => companions.has(key))) return true;
  }
  const holder = parentOf(object);
  if (holder?.type === 'Property' && holders.has(staticKey(holder) ?? '')) return true;
  return usesOf(file, object).some(
    ({ call, path }) =>
      path.some((key) => holders.has(key)) ||
      (call !== undefined && call.callee.type !== 'Super' && modules.test(originOf(file, call.callee) ?? '')),
  );
}

/** The same of what is written to: `options.servername = …`. */
export function isWrittenToTls(file: SourceFile, given: Node): boolean {
  const target = unwrapped(given);
  const name =
    target.type === 'Identifier' ? target.name : target.type === 'MemberExpression' ? staticKey(target) : '';
  return /opt|tls|ssl|conn|agent|req|conf|param|secure/i.test(name ?? '') || isAboutTls(file, target);
}
