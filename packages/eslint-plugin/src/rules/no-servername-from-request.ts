import type * as ESTree from 'estree';
import { proxyOptions } from '../clients/proxies.ts';
import { secureCalls, tlsProperty, type SecureCall } from '../clients/secure-calls.ts';
import { addProperty, writtenProperty } from '../edit.ts';
import { givenNames } from '../names/given-names.ts';
import { incomingHeaders, incomingValue } from '../request/incoming.ts';
import { defineRule, type DefinedRule, type Problem } from '../rule.ts';
import { derivesFrom } from '../source/derived.ts';
import { possibleValues } from '../source/known.ts';
import { parentOf, staticKey, unwrapped, type Node } from '../source/node.ts';
import { propertyAt, propertyOf } from '../source/objects.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = 'name' | 'dial' | 'hostHeader' | 'headers' | 'proxy' | 'changeOrigin' | 'origin';

const configured = 'Take it from your configuration, or look it up there by what the request says.';

export const noServernameFromRequest: DefinedRule = defineRule<Message>({
  name: 'no-servername-from-request',
  description:
    'What is sent and checked as server name comes from the configuration, never from a request that came in.',
  words: [
    'servername',
    'serverName',
    'ssl_target_name_override',
    ['target', /(?:https|wss):/],
    [
      /\b(?:https|wss|tls|http2)\b/,
      /\b(?:req|request|ctx|incoming|IncomingMessage|createServer|createSecureServer)\b/,
      /\b(?:headers|hostname|host|query|params|body|subdomains)\b/,
    ],
  ],
  messages: {
    name: `This server name comes from a request: whoever sends it chooses which certificate is right. ${configured}`,
    dial: `The host that is dialled here comes from a request: whoever sends it chooses the server, and the name that is checked. ${configured}`,
    hostHeader: `This Host comes from a request, and {{client}} takes it for the server name: whoever sends it chooses which certificate is right. Set \`servername\` to the name of the target.`,
    headers: `All headers of a request are handed on, Host among them, and {{client}} takes that for the server name. Leave \`host\` out (\`const { host, ...headers } = request.headers\`), or set \`servername\`.`,
    proxy: `Without \`changeOrigin\`, the Host of whoever asks is sent to this target as server name, and checked. Set \`changeOrigin: true\`, or give an \`agent\` with the \`servername\` of the target.`,
    changeOrigin: 'Add `changeOrigin: true`',
    origin: 'Set `changeOrigin: true`',
  },
  suggestions: ['changeOrigin', 'origin'],
  *check(file, _options, context) {
    const isIncoming = (node: Node): boolean =>
      derivesFrom(file, node, (each) => incomingValue(file, each) !== undefined);
    const isSurelyIncoming = (node: Node): boolean =>
      derivesFrom(file, node, (each) => incomingValue(file, each) === 'handler');
    for (const { node, value } of givenNames(file)) {
      if (isIncoming(value)) yield { node, message: 'name' };
    }
    for (const secure of secureCalls(file)) yield* ofCall(file, secure, isSurelyIncoming);
    yield* ofProxies(file, context.filename);
  },
});

function* ofCall(
  file: SourceFile,
  secure: SecureCall,
  isIncoming: (node: Node) => boolean,
): Generator<Problem<Message>, void> {
  const { client, options, url } = secure;
  const data = { client: client.client };
  const hosts = options.flatMap((each) =>
    (client.hostKeys ?? []).flatMap((key) => propertyOf(file, each, key).found),
  );
  const dialled = [...(url === undefined ? [] : [url]), ...hosts.map(({ node }) => node)].find((each) =>
    makesHost(file, each, isIncoming),
  );
  if (dialled !== undefined) {
    yield { node: dialled, message: 'dial' };
    return;
  }
  if (!client.hostHeader) return;
  const name = tlsProperty(file, secure, client.nameKey);
  if (name.found.length > 0 || name.absent === 'unknown') return;
  for (const object of options) {
    for (const { node } of propertyOf(file, object, 'headers').found) {
      const host = hostHeader(file, node);
      if (host !== undefined && isIncoming(host)) yield { node: host, message: 'hostHeader', data };
      else if (host === undefined && handsOn(file, node)) yield { node, message: 'headers', data };
    }
  }
}

/** A URL whose host comes from the request; what only its path comes from is another matter. */
function makesHost(file: SourceFile, node: Node, isIncoming: (node: Node) => boolean): boolean {
  return sourcesOf(file, node).some((source) => {
    const inner = unwrapped(source.node);
    if (inner.type === 'TemplateLiteral') {
      const [first, second] = inner.quasis;
      const [host] = inner.expressions;
      const isHost = /^(?:https|wss):\/\/$/i.test(first?.value.cooked ?? '') && host !== undefined;
      return isHost && second !== undefined && isIncoming(host);
    }
    if (inner.type === 'BinaryExpression') {
      let left: Node = inner;
      let beside: Node | undefined;
      while (left.type === 'BinaryExpression' && left.left.type !== 'PrivateIdentifier') {
        beside = left.right;
        left = left.left;
      }
      const isScheme = left.type === 'Literal' && /^(?:https|wss):\/\/$/i.test(String(left.value));
      return isScheme && beside !== undefined && isIncoming(beside);
    }
    return inner.type !== 'NewExpression' && inner.type !== 'ObjectExpression' && isIncoming(inner);
  });
}

function hostHeader(file: SourceFile, headers: Node): Node | undefined {
  for (const key of ['host', 'Host', 'HOST']) {
    const [found] = propertyOf(file, headers, key).found;
    if (found !== undefined) return found.node;
  }
  return undefined;
}

/** `req.headers`, and `{ ...req.headers }`, with no word about `host`. */
function handsOn(file: SourceFile, headers: Node): boolean {
  if (isHostDeleted(file, headers)) return false;
  return sourcesOf(file, headers).some(({ node }) => {
    if (incomingHeaders(file, node)) return true;
    const layers =
      node.type === 'ObjectExpression'
        ? node.properties.flatMap((each) => (each.type === 'SpreadElement' ? [each.argument] : []))
        : node.type === 'CallExpression' && isAssign(node)
          ? node.arguments.filter((each) => each.type !== 'SpreadElement')
          : [];
    return layers.some((each) => incomingHeaders(file, each) && !isHostDeleted(file, each));
  });
}

function isAssign({ callee }: ESTree.SimpleCallExpression): boolean {
  return callee.type === 'MemberExpression' && staticKey(callee) === 'assign';
}

/** `delete headers.host`, and `headers.host = …`, of a name. */
function isHostDeleted(file: SourceFile, given: Node): boolean {
  const node = unwrapped(given);
  const text = file.textOf(node);
  if (
    file.writes.some(({ target, key }) => /^host$/i.test(key) && file.textOf(target.object as Node) === text)
  )
    return true;
  return file.deleted.some(
    (target) => /^host$/i.test(staticKey(target) ?? '') && file.textOf(target.object as Node) === text,
  );
}

function* ofProxies(file: SourceFile, filename: string): Generator<Problem<Message>, void> {
  for (const { node, protocol } of proxyOptions(file, filename)) {
    if (protocol !== 'https') continue;
    const facts = propertyOf(file, node, 'changeOrigin');
    const isOff =
      facts.absent === 'yes' ||
      (facts.found.length > 0 &&
        facts.absent === 'no' &&
        facts.found.every((each) =>
          possibleValues(file, each.node).every(({ known }) => known.kind === 'value' && !known.value),
        ));
    if (!isOff || saysName(file, node)) continue;
    const written = writtenProperty(node, 'changeOrigin');
    const place = written ?? writtenProperty(node, 'target') ?? node;
    const value = written?.value as Node | undefined;
    yield {
      node: place,
      message: 'proxy',
      suggest: [
        value === undefined
          ? { message: 'changeOrigin', fix: addProperty(node, 'changeOrigin: true') }
          : { message: 'origin', fix: (fixer) => fixer.replaceText(value, 'true') },
      ],
    };
  }
}

/** An agent, a Host of its own, or what the file does not tell. */
function saysName(file: SourceFile, options: Node): boolean {
  for (const path of [['agent'], ['headers', 'host'], ['headers', 'Host'], ['configure']]) {
    const facts = propertyAt(file, options, path);
    if (facts.found.length > 0) return true;
    if (path[0] === 'agent' && facts.absent === 'unknown') return true;
  }
  return parentOf(options) === undefined;
}
