import { parentOf, staticKey, unwrapped, type Node } from './node.ts';
import type { SourceFile } from './source-file.ts';
import { sourcesOf } from './sources.ts';

/** Methods that give a part, or another form, of the text they are called on. */
const ofText: ReadonlySet<string> = new Set([
  ...[
    'split',
    'replace',
    'replaceAll',
    'slice',
    'substring',
    'substr',
    'toLowerCase',
    'toUpperCase',
    'trim',
    'toString',
  ],
  ...[
    'concat',
    'at',
    'match',
    'normalize',
    'pop',
    'shift',
    'join',
    'exec',
    'matchAll',
    'map',
    'filter',
    'find',
  ],
]);

const functions: ReadonlySet<string> = new Set([
  'String',
  'decodeURIComponent',
  'encodeURIComponent',
  'URL',
  'Array',
]);

/**
 * Whether a value is made of something: the thing itself, a part of it, a text with it, one of two. What is looked up by it
 * in a table is not, nor is what another module makes of it. Nor is what the file holds against what it allows.
 */
export function derivesFrom(file: SourceFile, node: Node, isIt: (node: Node) => boolean): boolean {
  return search(file, node, isIt, new Set());
}

function search(file: SourceFile, given: Node, isIt: (node: Node) => boolean, seen: Set<Node>): boolean {
  const node = unwrapped(given);
  if (seen.has(node) || seen.size > 200) return false;
  seen.add(node);
  if (heldAgainst(file).has(file.textOf(node))) return false;
  if (isIt(node)) return true;
  const below = (each: Node): boolean => search(file, each, isIt, seen);
  switch (node.type) {
    case 'TemplateLiteral':
      return node.expressions.some(below);
    case 'BinaryExpression':
      return (
        node.operator === '+' &&
        node.left.type !== 'PrivateIdentifier' &&
        (below(node.left) || below(node.right))
      );
    case 'LogicalExpression':
      return (node.operator !== '&&' && below(node.left)) || below(node.right);
    case 'ConditionalExpression':
      return below(node.consequent) || below(node.alternate);
    case 'AwaitExpression':
      return below(node.argument);
    case 'ArrayExpression':
      return node.elements.some((each) => each !== null && each.type !== 'SpreadElement' && below(each));
    case 'MemberExpression':
      if (node.object.type === 'Super') return false;
      return (
        (isPart(node) && below(node.object)) ||
        sourcesOf(file, node).some((source) => source.node !== node && below(source.node))
      );
    case 'NewExpression':
    case 'CallExpression': {
      const callee = unwrapped(node.callee as Node);
      if (callee.type === 'MemberExpression' && callee.object.type !== 'Super') {
        const key = staticKey(callee) ?? '';
        if (ofText.has(key) && below(callee.object)) return true;
        const isReading = (key === 'exec' || key === 'parse') && node.arguments[0] !== undefined;
        if (isReading && below(node.arguments[0] as Node)) return true;
      }
      if (
        callee.type === 'Identifier' &&
        functions.has(callee.name) &&
        file.variableOf(callee) === undefined
      ) {
        return node.arguments.some((each) => each.type !== 'SpreadElement' && below(each));
      }
      return sourcesOf(file, node).some((source) => source.node !== node && below(source.node));
    }
    case 'Identifier':
      return (
        sourcesOf(file, node).some((source) => source.node !== node && below(source.node)) ||
        ofPattern(file, node, below)
      );
    default:
      return false;
  }
}

/** `[0]`, `hostname`: a part of a text or a URL, not a value that is looked up. */
function isPart(node: Node & { type: 'MemberExpression' }): boolean {
  const key = staticKey(node) ?? '';
  return /^(?:\d+|host|hostname|origin|href|groups|length|searchParams|subject|CN|subjectaltname)$/.test(key);
}

/** `const [name] = text.split(':')`, `const { hostname } = new URL(text)`. */
function ofPattern(
  file: SourceFile,
  node: Node & { type: 'Identifier' },
  below: (node: Node) => boolean,
): boolean {
  const [definition] = file.variableOf(node)?.defs ?? [];
  if (definition?.type !== 'Variable') return false;
  const { id, init } = definition.node as Node & { type: 'VariableDeclarator' };
  return id.type !== 'Identifier' && init !== null && init !== undefined && below(init);
}

/** Names of functions that say whether a value is one of those that are allowed. */
const asking =
  /^(?:includes|has|hasOwn|hasOwnProperty|test|indexOf|some|every|equal|strictEqual|is[A-Z]\w*|\w*(?:[Aa]llow|[Vv]alid|[Vv]erif|[Cc]heck|[Aa]ssert|[Pp]ermit|[Kk]nown|[Tt]rust)\w*)$/;

/** The texts of all expressions in the file that are held against what is allowed. */
function heldAgainst(file: SourceFile): ReadonlySet<string> {
  return file.noted(fresh, file.code.ast as Node, new Set<string>());
}

function fresh(file: SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { callee, arguments: given } of file.calls) {
    const inner = unwrapped(callee as Node);
    const name =
      inner.type === 'MemberExpression' ? staticKey(inner) : inner.type === 'Identifier' ? inner.name : '';
    if (name === 'checkServerIdentity' || !asking.test(name ?? '')) continue;
    for (const each of given) if (each.type !== 'SpreadElement') found.add(file.textOf(each));
  }
  for (const node of file.comparisons) {
    for (const [one, other] of [
      [node.left, node.right],
      [node.right, node.left],
    ] as const) {
      if (one.type === 'PrivateIdentifier' || other.type === 'PrivateIdentifier') continue;
      const isNothing = other.type === 'Literal' && (other.value === null || other.value === '');
      const isUndefined = other.type === 'Identifier' && other.name === 'undefined';
      if (!isNothing && !isUndefined && parentOf(one) === node) found.add(file.textOf(one));
    }
  }
  return found;
}
