import type * as ESTree from 'estree';
import { staticKey, unwrapped, type Node } from './node.ts';
import type { SourceFile } from './source-file.ts';

/**
 * Where a value comes from, as text: the module, the members on the way, and `()` for what a call or `new` gives.
 * `https.request`, `axios.create().get`, `http-proxy()`. The prefix `node:` and the member `default` are left out, so
 * that every form of import of one thing has one text. A global that no file declares is `global:fetch`.
 */
export function originOf(file: SourceFile, node: Node): string | undefined {
  return file.noted(fresh, node, undefined);
}

function fresh(file: SourceFile, node: Node): string | undefined {
  return find(file, node, 0);
}

/** What compilers put around `require` for default and namespace imports. */
const interop = /^(?:_?_?interop_?require_?\w*|_?_?importDefault|_?_?importStar|_?_?toESM|_interop\w*)$/i;

const depthLimit = 12;

function find(file: SourceFile, given: Node, depth: number): string | undefined {
  if (depth > depthLimit) return undefined;
  const node = unwrapped(given);
  switch (node.type) {
    case 'Identifier':
      return ofIdentifier(file, node, depth);
    case 'AwaitExpression':
      return find(file, node.argument, depth + 1);
    case 'ImportExpression':
      return moduleName(node.source);
    case 'MemberExpression': {
      const key = staticKey(node);
      const base = key === undefined ? undefined : find(file, node.object, depth + 1);
      return base === undefined ? undefined : member(base, key ?? '');
    }
    case 'CallExpression':
    case 'NewExpression':
      return ofCall(file, node, depth);
    default:
      return undefined;
  }
}

function ofCall(
  file: SourceFile,
  node: ESTree.SimpleCallExpression | ESTree.NewExpression,
  depth: number,
): string | undefined {
  if (node.callee.type === 'Super') return undefined;
  const [first] = node.arguments;
  const callee = unwrapped(node.callee);
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression'
        ? (staticKey(callee) ?? '')
        : '';
  if (first !== undefined && first.type !== 'SpreadElement') {
    if (interop.test(name)) return find(file, first, depth + 1);
    if (name === 'require' && callee.type === 'Identifier') {
      const variable = file.variableOf(callee);
      if (variable === undefined || isCreateRequire(file, callee, depth)) return moduleName(first);
    }
  }
  const base = find(file, node.callee, depth + 1);
  if (base === undefined) return undefined;
  if (base === 'global:process.getBuiltinModule' || base === 'process.getBuiltinModule') {
    return first === undefined ? undefined : moduleName(first);
  }
  if (base === 'util.promisify' && first !== undefined) return find(file, first, depth + 1);
  return `${base}()`;
}

function isCreateRequire(file: SourceFile, callee: ESTree.Identifier, depth: number): boolean {
  return ofIdentifier(file, callee, depth + 1) === 'module.createRequire()';
}

function ofIdentifier(file: SourceFile, node: ESTree.Identifier, depth: number): string | undefined {
  const variable = file.variableOf(node);
  if (variable === undefined) return node.name === 'undefined' ? undefined : `global:${node.name}`;
  const [definition] = variable.defs;
  if (definition === undefined || variable.defs.length > 1) return undefined;
  if (definition.type === 'ImportBinding')
    return ofImport(definition.node as Node, definition.parent as Node);
  if (definition.type !== 'Variable') return undefined;
  const { id, init } = definition.node as ESTree.VariableDeclarator;
  const writes = variable.references.filter((reference) => reference.isWrite());
  if (init === null || init === undefined) {
    // `let https; … https = require('https')`: one write, wherever it stands.
    const [only] = writes;
    if (writes.length !== 1 || only?.writeExpr === undefined || only.writeExpr === null) return undefined;
    return id.type === 'Identifier' ? find(file, only.writeExpr as Node, depth + 1) : undefined;
  }
  if (writes.some((reference) => reference.init !== true)) return undefined;
  const base = find(file, init, depth + 1);
  if (base === undefined) return undefined;
  const path = pathTo(id, definition.name as Node);
  return path === undefined ? undefined : path.reduce(member, base);
}

function ofImport(specifier: Node, declaration: Node): string | undefined {
  if ((specifier.type as string) === 'TSImportEqualsDeclaration') {
    const { moduleReference } = specifier as unknown as { moduleReference: Node & { expression?: Node } };
    return moduleReference.expression === undefined ? undefined : moduleName(moduleReference.expression);
  }
  const base = moduleName((declaration as ESTree.ImportDeclaration).source);
  if (base === undefined || specifier.type !== 'ImportSpecifier') return base;
  const { imported } = specifier;
  return member(base, imported.type === 'Identifier' ? imported.name : String(imported.value));
}

/** The keys from a pattern down to the name in it: `{ a: { b: [name] } }` has none, as `[…]` has no key. */
function pathTo(pattern: Node, name: Node): string[] | undefined {
  if (pattern === name) return [];
  if (pattern.type === 'AssignmentPattern') return pathTo(pattern.left, name);
  if (pattern.type !== 'ObjectPattern') return undefined;
  for (const property of pattern.properties) {
    if (property.type !== 'Property') continue;
    const below = pathTo(property.value, name);
    const key = staticKey(property);
    if (below !== undefined) return key === undefined ? undefined : [key, ...below];
  }
  return undefined;
}

function member(base: string, key: string): string {
  return key === 'default' ? base : `${base}.${key}`;
}

function moduleName(source: Node): string | undefined {
  if (source.type !== 'Literal' || typeof source.value !== 'string') return undefined;
  return source.value.replace(/^node:/, '');
}
