import type * as ESTree from 'estree';

/** A node of the tree. What a parser of TypeScript adds has other types at run time; `unwrapped` takes it away. */
export type Node = ESTree.Node;

/** A wrapper that changes nothing of the value: `x as T`, `x satisfies T`, `x!`, `<T>x`, `f<T>`, `a?.b`. */
interface Wrapper {
  readonly type: string;
  readonly expression: Node;
}

const wrappers: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'ChainExpression',
]);

/** The expression itself, without casts, parentheses of a chain, and all but the last of a sequence. */
export function unwrapped(node: Node): Node {
  let inner = node;
  for (;;) {
    if (wrappers.has(inner.type)) inner = (inner as unknown as Wrapper).expression;
    else if (inner.type === 'SequenceExpression') inner = inner.expressions.at(-1) ?? inner;
    else return inner;
  }
}

/** The node around this one; none around the program. */
export function parentOf(node: Node): Node | undefined {
  return (node as Node & { readonly parent?: Node | null }).parent ?? undefined;
}

/** The parent, past casts. */
export function usedBy(node: Node): { readonly parent: Node | undefined; readonly child: Node } {
  let child = node;
  let parent = parentOf(child);
  while (parent !== undefined && wrappers.has(parent.type)) {
    child = parent;
    parent = parentOf(child);
  }
  return { parent, child };
}

/** The name that a member or a key has in the text: `a.b`, `a['b']`, `{ b }`, `{ 'b': … }`. */
export function staticKey(
  node: ESTree.MemberExpression | ESTree.Property | ESTree.AssignmentProperty | ESTree.PropertyDefinition,
): string | undefined {
  const key = node.type === 'MemberExpression' ? node.property : node.key;
  if (!node.computed) {
    if (key.type === 'Identifier') return key.name;
    if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  }
  if (key.type === 'Literal') return key.value === null ? undefined : String(key.value);
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0)
    return key.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

export type FunctionNode =
  ESTree.ArrowFunctionExpression | ESTree.FunctionExpression | ESTree.FunctionDeclaration;

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === 'ArrowFunctionExpression' ||
    node.type === 'FunctionExpression' ||
    node.type === 'FunctionDeclaration'
  );
}

/** The function that this node is in, if any. */
export function functionAround(node: Node): FunctionNode | undefined {
  for (let at = parentOf(node); at !== undefined; at = parentOf(at)) if (isFunction(at)) return at;
  return undefined;
}

/** Whether a node is this one, or in it. */
export function isWithin(inner: Node, outer: Node): boolean {
  return (
    inner.range !== undefined &&
    outer.range !== undefined &&
    inner.range[0] >= outer.range[0] &&
    inner.range[1] <= outer.range[1]
  );
}
