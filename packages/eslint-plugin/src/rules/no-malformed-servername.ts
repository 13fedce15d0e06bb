import type * as ESTree from 'estree';
import { removeFromList } from '../edit.ts';
import { givenNames, type GivenName } from '../names/given-names.ts';
import { addressIn, faultOf, nameIn, patternOf, type NameFault } from '../names/name-text.ts';
import { defineRule, type DefinedRule, type Problem, type Suggestion } from '../rule.ts';
import { possibleTexts, possibleValues } from '../source/known.ts';
import { staticKey, unwrapped, type Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

type Message = NameFault | 'mayHavePort' | 'name' | 'leaveOut' | 'hostname';

const sent = 'Node sends it as it stands, no server knows it, and no certificate carries it.';

export const noMalformedServername: DefinedRule = defineRule<Message>({
  name: 'no-malformed-servername',
  description:
    'A server name is a DNS name: no port, brackets, trailing dot, scheme or wildcard, and not empty.',
  words: ['servername', 'serverName', 'ssl_target_name_override'],
  messages: {
    empty:
      'An empty server name sends none, and the certificate of the default site comes back. Give the name of the server, or leave the option out.',
    scheme: `The server name {{text}} is a URL. ${sent} Give the host of it alone.`,
    brackets: `The server name {{text}} has the brackets of a URL. ${sent} For an address, leave the option out.`,
    port: `The server name {{text}} has a port. ${sent} Give the host alone: \`hostname\` of a URL, not \`host\`.`,
    dot: 'The server name {{text}} ends in a dot, which RFC 6066 forbids. Node sends it so, and a server that compares exactly answers with its default certificate. Leave the dot to DNS: dial the name with it, and send it without.',
    wildcard: `The server name {{text}} is a pattern. ${sent} Give the one name that is asked.`,
    notAscii:
      'The server name {{text}} is not ASCII, which RFC 6066 asks for. Give it in A-labels (`xn--…`).',
    characters: `The server name {{text}} is no DNS name. ${sent}`,
    mayHavePort: `\`host\` of a URL has the port in it. ${sent} Take \`hostname\`.`,
    name: 'Give the name alone: {{name}}',
    leaveOut: 'Leave it out',
    hostname: 'Take `hostname`',
  },
  suggestions: ['name', 'leaveOut', 'hostname'],
  *check(file) {
    for (const given of givenNames(file)) {
      const found = ofTexts(file, given) ?? ofPattern(file, given) ?? ofUrlHost(file, given);
      if (found !== undefined) yield found;
    }
  },
});

function ofTexts(file: SourceFile, given: GivenName): Problem<Message> | undefined {
  const texts = possibleTexts(file, given.value);
  const isOnly = texts.length === 1 && possibleValues(file, given.value).length === 1;
  for (const { text } of texts) {
    const fault = faultOf(text);
    // An empty name among others is for the addresses, for which there is none.
    if (fault === undefined || (fault === 'empty' && !isOnly)) continue;
    // Where the address is all that is wrong, no-ip-servername tells it.
    if (fault === 'brackets' && addressIn(text) === undefined && !text.includes(']')) continue;
    return {
      node: given.node,
      message: fault,
      data: { text: JSON.stringify(text) },
      suggest: mended(file, given, text),
    };
  }
  return undefined;
}

function mended(file: SourceFile, { value, property }: GivenName, text: string): Suggestion<Message>[] {
  const node = unwrapped(value);
  const isInline = node.type === 'Literal';
  if (text === '') {
    return isInline && property !== undefined
      ? [{ message: 'leaveOut', fix: removeFromList(file, property) }]
      : [];
  }
  const name = nameIn(text);
  if (!isInline || name === undefined) return [];
  return [{ message: 'name', data: { name }, fix: (fixer) => fixer.replaceText(node, quoted(node, name)) }];
}

function quoted(node: ESTree.Literal, name: string): string {
  const quote = node.raw?.[0] === '"' ? '"' : "'";
  return `${quote}${name}${quote}`;
}

function ofPattern(file: SourceFile, given: GivenName): Problem<Message> | undefined {
  const pattern = patternOf(file, given.value);
  const fault = pattern === undefined ? undefined : faultOf(pattern);
  if (pattern === undefined || fault === undefined || fault === 'characters' || fault === 'notAscii')
    return undefined;
  return { node: given.node, message: fault, data: { text: JSON.stringify(pattern.replaceAll('\0', '…')) } };
}

/** `new URL(text).host`: with the port, where there is one. */
function ofUrlHost(file: SourceFile, given: GivenName): Problem<Message> | undefined {
  const value = unwrapped(given.value);
  if (value.type !== 'MemberExpression' || staticKey(value) !== 'host' || value.object.type === 'Super')
    return undefined;
  if (!sourcesOf(file, value.object).every(({ node }) => isUrl(node))) return undefined;
  const key = value.property as Node;
  return {
    node: given.node,
    message: 'mayHavePort',
    suggest: value.computed
      ? []
      : [{ message: 'hostname', fix: (fixer) => fixer.replaceText(key, 'hostname') }],
  };
}

function isUrl(node: Node): boolean {
  return node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'URL';
}
