import type * as ESTree from 'estree';
import {
  dialledHost,
  hostOfUrl,
  secureCalls,
  tlsProperty,
  type SecureCall,
} from '../clients/secure-calls.ts';
import { addProperty } from '../edit.ts';
import { nameIn } from '../names/name-text.ts';
import { incomingValue } from '../request/incoming.ts';
import { defineRule, type DefinedRule, type Suggestion } from '../rule.ts';
import { derivesFrom } from '../source/derived.ts';
import { knownText } from '../source/known.ts';
import type { Node } from '../source/node.ts';
import { propertyOf } from '../source/objects.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = 'header' | 'connector' | 'sameName';

export const noHostHeaderAsServername: DefinedRule = defineRule<Message>({
  name: 'no-host-header-as-servername',
  description:
    'A Host header on a request over TLS stands beside a server name that is given, and does not become it.',
  words: [['headers', /\bhost\b/i, /\b(?:https|axios|got|undici|node-fetch|request|needle)\b/]],
  messages: {
    header:
      '{{client}} takes this Host header for the server name as well, and checks the certificate against it. Say which name is meant: `servername`{{place}}.',
    connector:
      'undici takes this Host header for the server name, also where `connect.servername` is given. Dial the name itself, or give the name in a connector of your own (`connection` of @altname/client).',
    sameName: 'Say so: `servername: {{name}}`',
  },
  suggestions: ['sameName'],
  *check(file) {
    for (const secure of secureCalls(file)) {
      if (!secure.client.hostHeader) continue;
      for (const header of headersOf(file, secure)) {
        if (isHostItself(file, secure, header)) continue;
        // Where it comes from a request, no-servername-from-request tells more.
        if (derivesFrom(file, header, (each) => incomingValue(file, each) === 'handler')) continue;
        const data = { client: secure.client.client, place: placeOf(secure) };
        if (secure.client.client === 'undici') {
          yield { node: header, message: 'connector', data };
        } else if (!saysName(file, secure)) {
          yield { node: header, message: 'header', data, suggest: sameName(file, secure, header) };
        }
      }
    }
  },
});

function headersOf(file: SourceFile, { options }: SecureCall): Node[] {
  return options.flatMap((object) =>
    propertyOf(file, object, 'headers').found.flatMap(({ node }) =>
      ['host', 'Host', 'HOST'].flatMap((key) => propertyOf(file, node, key).found.map((each) => each.node)),
    ),
  );
}

/** A name, a check of one's own, or an agent that the file does not tell. */
function saysName(file: SourceFile, secure: SecureCall): boolean {
  return [secure.client.nameKey, 'checkServerIdentity', 'socket', 'createConnection'].some(
    (key) => tlsProperty(file, secure, key).absent !== 'yes',
  );
}

/** A Host that is the host of the URL, in the same text or by the same expression. */
function isHostItself(file: SourceFile, secure: SecureCall, header: Node): boolean {
  const text = knownText(file, header);
  const host =
    dialledHost(file, secure) ?? (secure.url === undefined ? undefined : hostOfUrl(file, secure.url));
  if (text !== undefined && host !== undefined)
    return text.toLowerCase().replace(/:\d+$/, '') === host.toLowerCase();
  const written = file.textOf(header);
  const dialled = secure.options.flatMap((each) =>
    (secure.client.hostKeys ?? []).flatMap((key) =>
      propertyOf(file, each, key).found.map(({ node }) => file.textOf(node)),
    ),
  );
  if (dialled.includes(written)) return true;
  // `url.host` of the URL that is asked.
  const url = secure.url === undefined ? undefined : file.textOf(secure.url);
  return (
    url !== undefined &&
    (written === `${url}.host` || written === `${url}.hostname` || url.includes(`\${${written}}`))
  );
}

function placeOf({ client }: SecureCall): string {
  if (client.client === 'got') return ', which got has as `https.serverName`';
  if (client.client === 'axios') return ' of an `httpsAgent`';
  return client.client === 'node-fetch' ? ' of an `agent`' : ' beside it';
}

/** The name that is sent already, said. */
function sameName(file: SourceFile, secure: SecureCall, header: Node): Suggestion<Message>[] {
  const text = knownText(file, header);
  const name = text === undefined ? undefined : nameIn(text);
  const object = secure.options
    .map((each) => sourcesOf(file, each))
    .flatMap((all) => (all.length === 1 ? all : []))[0]?.node;
  const isPlain = secure.client.tls.some((path) => path.length === 0);
  if (name === undefined || object?.type !== 'ObjectExpression' || !isPlain) return [];
  const quoted = `'${name}'`;
  return [
    {
      message: 'sameName',
      data: { name: quoted },
      fix: addProperty(object as ESTree.ObjectExpression, `servername: ${quoted}`),
    },
  ];
}
