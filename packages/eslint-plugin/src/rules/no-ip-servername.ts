import { dialledHost, secureCalls, tlsProperty } from '../clients/secure-calls.ts';
import { objectOf } from '../clients/server-side.ts';
import { removeFromList } from '../edit.ts';
import { givenNames, type GivenName } from '../names/given-names.ts';
import { addressIn } from '../names/name-text.ts';
import { defineRule, type DefinedRule, type Problem } from '../rule.ts';
import { knownText, possibleTexts, possibleValues } from '../source/known.ts';
import { staticKey, unwrapped } from '../source/node.ts';
import { propertyOf } from '../source/objects.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = 'address' | 'noName' | 'mayBeAddress' | 'leaveOut';

interface Options {
  /** Whether to tell of a name that is whatever host was given, with nothing in the file that asks for addresses. */
  readonly unguarded: boolean;
}

export const noIpServername: DefinedRule = defineRule<Message, Options>({
  name: 'no-ip-servername',
  description: 'No address is sent as server name, and who dials an address says which name the server has.',
  words: [
    'servername',
    'serverName',
    'ssl_target_name_override',
    [
      /\b(?:https|tls|http2|undici|axios|got|ws|wss)\b/,
      /\d\.\d{1,3}\.\d{1,3}\.\d|\[[\da-f:]*:[\da-f:]*\]|['"][\da-f]+:[\da-f:]+['"]/i,
    ],
  ],
  messages: {
    address:
      'The server name is the address {{address}}: RFC 6066 allows names only, Node 26 throws, and older lines send it. Give the name on the certificate as `servername`, or leave it out where the certificate has the address.',
    noName:
      'This dials {{address}} and expects no name: no server name is sent, and the certificate has to carry the address. Give the name of the server as `servername`.',
    mayBeAddress:
      'This server name can be an address, where Node 26 throws. Leave it out for one: `...(isIP(host) ? {} : { servername: host })`.',
    leaveOut: 'Leave it out: the address is compared as it is dialled',
  },
  suggestions: ['leaveOut'],
  schema: [{ type: 'object', properties: { unguarded: { type: 'boolean' } }, additionalProperties: false }],
  options: { unguarded: false },
  *check(file, options) {
    for (const given of givenNames(file)) {
      const address = possibleTexts(file, given.value)
        .map(({ text }) => addressIn(text))
        .find((each) => each !== undefined);
      if (address !== undefined) yield ofAddress(file, given, address);
      else if (options.unguarded && isUnguarded(file, given))
        yield { node: given.node, message: 'mayBeAddress' };
    }
    yield* withoutName(file);
  },
});

function ofAddress(file: SourceFile, { node, property }: GivenName, address: string): Problem<Message> {
  const host = property === undefined ? undefined : propertyOf(file, objectOf(property), 'host').found[0];
  const dialled = host === undefined ? undefined : addressIn(knownText(file, host.node) ?? '');
  const canGo = property !== undefined && dialled === address;
  return {
    node,
    message: 'address',
    data: { address },
    suggest: canGo ? [{ message: 'leaveOut', fix: removeFromList(file, property) }] : [],
  };
}

/** `servername: host`, `servername: url.hostname`, in a file that never asks `isIP`. */
function isUnguarded(file: SourceFile, { value }: GivenName): boolean {
  if (/\bisIP(?:v4|v6)?\b/.test(file.code.text)) return false;
  return sourcesOf(file, value).some(({ node }) => {
    const inner = unwrapped(node);
    const name =
      inner.type === 'Identifier'
        ? inner.name
        : inner.type === 'MemberExpression'
          ? (staticKey(inner) ?? '')
          : '';
    return (
      /^(?:host|hostname|address|server|ip)$/i.test(name) &&
      possibleValues(file, value).some(({ known }) => known.kind === 'unknown')
    );
  });
}

/** Resolvers that are on the certificates of their own addresses. */
const onCertificates: ReadonlySet<string> = new Set([
  '1.1.1.1',
  '1.0.0.1',
  '8.8.8.8',
  '8.8.4.4',
  '9.9.9.9',
  '149.112.112.112',
]);

/** Options with which an address can be what is meant: a CA of one's own, or a check. */
const ownTrust = [
  'servername',
  'ca',
  'checkServerIdentity',
  'rejectUnauthorized',
  'pfx',
  'secureContext',
  'socket',
];

function* withoutName(file: SourceFile): Generator<Problem<Message>, void> {
  for (const secure of secureCalls(file)) {
    if (
      secure.client.client === 'https.Agent' ||
      secure.client.tls.length + secure.client.agents.length === 0
    )
      continue;
    const address = addressIn(dialledHost(file, secure) ?? '');
    if (address === undefined || onCertificates.has(address) || /^127\.|^::1$/.test(address)) continue;
    const keys = [...ownTrust, secure.client.nameKey];
    if (keys.some((key) => tlsProperty(file, secure, key).absent !== 'yes')) continue;
    // A Host header is the server name of those that take it for one; no-host-header-as-servername tells that.
    if (
      secure.client.hostHeader &&
      secure.options.some((each) => propertyOf(file, each, 'headers').absent !== 'yes')
    )
      continue;
    yield { node: secure.call, message: 'noName', data: { address } };
  }
}
