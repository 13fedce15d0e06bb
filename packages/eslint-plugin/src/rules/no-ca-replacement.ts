import type * as ESTree from 'estree';
import { isPublicHost } from '../clients/public-host.ts';
import { dialledHost, secureCalls, tlsProperty } from '../clients/secure-calls.ts';
import { defineRule, type DefinedRule, type Suggestion } from '../rule.ts';
import { isExpected } from '../source/expectations.ts';
import { parentOf, unwrapped, type Node } from '../source/node.ts';
import { propertyAt } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import { nodesBelow, type SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = 'host' | 'everything' | 'addRoots';

const instead =
  'Add to them (`[...tls.rootCertificates, ca]`), or leave `ca` out and start with `NODE_EXTRA_CA_CERTS`.';

export const noCaReplacement: DefinedRule = defineRule<Message>({
  name: 'no-ca-replacement',
  description: 'A `ca` for a public host, or for everything, does not take the default roots away.',
  words: [
    [/\b(?:ca|certificateAuthority)\b/, /\b(?:https|axios|got|undici|node-fetch|request|needle|ws|http2)\b/],
  ],
  messages: {
    host: `\`ca\` replaces the roots that Node brings, and those of \`NODE_EXTRA_CA_CERTS\`: {{host}} is refused unless this \`ca\` has its issuer, today's and the next. ${instead}`,
    everything: `This \`ca\` replaces the roots that Node brings for every host that is asked without options of its own, public ones too. ${instead}`,
    addRoots: 'Add to the roots that Node brings',
  },
  suggestions: ['addRoots'],
  *check(file) {
    for (const secure of secureCalls(file)) {
      if (!secure.client.web) continue;
      const host = dialledHost(file, secure);
      if (host === undefined || !isPublicHost(host)) continue;
      // A check of one's own, or a pin, means this server and no other.
      if (tlsProperty(file, secure, 'checkServerIdentity').absent !== 'yes') continue;
      const key = secure.client.client === 'got' ? 'certificateAuthority' : 'ca';
      for (const { node } of tlsProperty(file, secure, key).found) {
        if (isReplacing(file, node))
          yield { node: placeOf(node), message: 'host', data: { host }, suggest: suggestions(file, node) };
      }
    }
    for (const node of everywhere(file)) {
      if (isReplacing(file, node))
        yield { node: placeOf(node), message: 'everything', suggest: suggestions(file, node) };
    }
  },
});

/** `ca` for all that is asked: of the global agent, of the global dispatcher, of the defaults of axios. */
function* everywhere(file: SourceFile): Generator<Node, void> {
  for (const { node, target, key } of file.writes) {
    if (target.object.type === 'Super') continue;
    const origin = originOf(file, target.object);
    if (key === 'ca' && origin === 'https.globalAgent.options') yield node.right;
    if (key === 'globalAgent' && origin === 'https') yield* ofAgent(file, node.right, []);
    if (key === 'httpsAgent' && origin === 'axios.defaults') yield* ofAgent(file, node.right, []);
  }
  for (const call of file.calls) {
    if (call.callee.type === 'Super' || originOf(file, call.callee) !== 'undici.setGlobalDispatcher')
      continue;
    const [agent] = call.arguments;
    if (agent !== undefined && agent.type !== 'SpreadElement') yield* ofAgent(file, agent, ['connect']);
  }
}

function* ofAgent(file: SourceFile, agent: Node, path: readonly string[]): Generator<Node, void> {
  for (const { node } of sourcesOf(file, agent)) {
    const [options] = node.type === 'NewExpression' ? node.arguments : [];
    if (options === undefined || options.type === 'SpreadElement') continue;
    for (const found of propertyAt(file, options, [...path, 'ca']).found) yield found.node;
  }
}

/** What is given, and has nothing of the default roots in it, as far as the file tells. */
function isReplacing(file: SourceFile, given: Node): boolean {
  if (isExpected(file, given)) return false;
  return sourcesOf(file, given).every(({ node }) => {
    if (node.type === 'Identifier' || node.type === 'MemberExpression')
      return node.type === 'Identifier' && node.name === 'undefined'
        ? false
        : !mayHaveRoots(file, node) && isFile(file, node);
    if (node.type === 'Literal') return typeof node.value === 'string';
    return !mayHaveRoots(file, node);
  });
}

/** What somebody else gives may have the roots in it: it is told only where its name says that it is one certificate. */
function isFile(file: SourceFile, node: Node): boolean {
  return /(?:ca|cert|certificate|pem|crt|root|bundle)s?\)?$/i.test(file.textOf(node));
}

function mayHaveRoots(file: SourceFile, root: Node): boolean {
  for (const node of nodesBelow(root, file.code.visitorKeys)) {
    if (node.type !== 'Identifier') continue;
    if (/rootCertificates|getCACertificates|defaultCA|systemCA|systemRoots|certifi|extraCa/i.test(node.name))
      return true;
    const variable = file.variableOf(node);
    const [definition] = variable?.defs ?? [];
    if (definition?.type !== 'Variable' || node === root) continue;
    const { init } = definition.node as ESTree.VariableDeclarator;
    if (init !== null && init !== undefined && /rootCertificates|getCACertificates/.test(file.textOf(init)))
      return true;
  }
  return false;
}

function placeOf(value: Node): Node {
  const parent = parentOf(value);
  return parent?.type === 'Property' ? parent : value;
}

function suggestions(file: SourceFile, value: Node): Suggestion<Message>[] {
  const parent = parentOf(value);
  if (parent?.type === 'Property' && parent.shorthand) return [];
  const inner = unwrapped(value);
  const tls = tlsName(file);
  const isModule = (file.code.ast as { sourceType?: string }).sourceType === 'module';
  const isCommonJs = /\brequire\(/.test(file.code.text);
  if (tls === undefined && isModule && isCommonJs) return [];
  const roots =
    tls === undefined
      ? isModule
        ? 'rootCertificates'
        : `require('node:tls').rootCertificates`
      : `${tls}.rootCertificates`;
  const text =
    inner.type === 'ArrayExpression'
      ? `[...${roots}, ${file.textOf(inner).slice(1)}`
      : `${roots}.concat(${file.textOf(inner)})`;
  return [
    {
      message: 'addRoots',
      fix: (fixer) => [
        ...(tls === undefined && isModule
          ? [fixer.insertTextBeforeRange([0, 0], `import { rootCertificates } from 'node:tls';\n`)]
          : []),
        fixer.replaceText(inner, text),
      ],
    },
  ];
}

/** The name that the file has for the module tls. */
function tlsName(file: SourceFile): string | undefined {
  for (const scope of file.code.scopeManager.scopes.slice(0, 3)) {
    for (const variable of scope.variables) {
      const [identifier] = variable.identifiers;
      const reference = variable.references.find((each) => each.isRead());
      if (identifier === undefined || reference === undefined) continue;
      if (originOf(file, reference.identifier as Node) === 'tls') return variable.name;
    }
  }
  return undefined;
}
