import type { Scope } from 'eslint';
import type * as ESTree from 'estree';
import { isWithin, staticKey, unwrapped, type Node } from './node.ts';
import type { SourceFile } from './source-file.ts';

/** A value as a way of keys from a name that the file does not tell more of: `headers`, `host` from the parameter `req`. */
export interface Path {
  readonly root: Scope.Variable;
  readonly keys: readonly string[];
}

const getters: ReadonlySet<string> = new Set(['get', 'header', 'getHeader', 'query', 'param']);

/** The way to a value, through other names for its parts. A getter is a key: `headers.get('host')` ends in `host`. */
export function pathOf(file: SourceFile, node: Node): Path | undefined {
  return file.noted(fresh, node, undefined);
}

function fresh(file: SourceFile, given: Node): Path | undefined {
  const node = unwrapped(given);
  if (node.type === 'AwaitExpression') return pathOf(file, node.argument);
  if (node.type === 'MemberExpression') {
    const key = staticKey(node);
    const base = key === undefined || node.object.type === 'Super' ? undefined : pathOf(file, node.object);
    return base === undefined || key === undefined ? undefined : { ...base, keys: [...base.keys, key] };
  }
  if (node.type === 'CallExpression') return ofGetter(file, node);
  return node.type === 'Identifier' ? ofName(file, node) : undefined;
}

function ofGetter(file: SourceFile, node: ESTree.SimpleCallExpression): Path | undefined {
  const [first] = node.arguments;
  if (node.callee.type !== 'MemberExpression' || node.callee.object.type === 'Super') return undefined;
  const getter = staticKey(node.callee) ?? '';
  if (!getters.has(getter) || first?.type !== 'Literal' || typeof first.value !== 'string') return undefined;
  const base = pathOf(file, node.callee.object);
  if (base === undefined) return undefined;
  // `req.get('host')` of Express is what `req.headers.host` is.
  const own =
    getter === 'query' || getter === 'param' ? [getter] : base.keys.at(-1) === 'headers' ? [] : ['headers'];
  return { ...base, keys: [...base.keys, ...own, first.value.toLowerCase()] };
}

function ofName(file: SourceFile, node: ESTree.Identifier): Path | undefined {
  const variable = file.variableOf(node);
  const [definition] = variable?.defs ?? [];
  if (variable === undefined || definition === undefined || variable.defs.length > 1) return undefined;
  if (definition.type === 'Parameter') {
    const owner = definition.node as ESTree.Function;
    const parameter = owner.params.find((each) => isWithin(definition.name as Node, each));
    if (parameter === undefined) return undefined;
    const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
    const keys = keysTo(pattern, definition.name as Node);
    return keys === undefined ? undefined : { root: variable, keys };
  }
  if (definition.type !== 'Variable') return undefined;
  const { id, init } = definition.node as ESTree.VariableDeclarator;
  if (init === null || init === undefined) return undefined;
  if (variable.references.some((reference) => reference.isWrite() && reference.init !== true))
    return undefined;
  const base = pathOf(file, init);
  const keys = keysTo(id, definition.name as Node);
  return base === undefined || keys === undefined ? undefined : { ...base, keys: [...base.keys, ...keys] };
}

/** The keys from a pattern to a name in it. A rest has all but what was taken before it, told as `-key`. */
function keysTo(pattern: Node, name: Node): string[] | undefined {
  if (pattern === name) return [];
  if (pattern.type === 'AssignmentPattern') return keysTo(pattern.left, name);
  if (pattern.type !== 'ObjectPattern') return undefined;
  for (const property of pattern.properties) {
    if (property.type !== 'Property') {
      if (property.argument !== name) continue;
      return pattern.properties.flatMap((each) =>
        each.type === 'Property' ? [`-${staticKey(each) ?? ''}`] : [],
      );
    }
    const below = keysTo(property.value, name);
    const key = staticKey(property);
    if (below !== undefined) return key === undefined ? undefined : [key, ...below];
  }
  return undefined;
}
