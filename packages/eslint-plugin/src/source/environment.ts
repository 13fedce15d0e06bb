import type * as ESTree from 'estree';
import { isWithin, staticKey, unwrapped, type Node } from './node.ts';
import { nodesBelow, type SourceFile } from './source-file.ts';

/** The variables of the environment that an expression asks, through names and functions of the file too. */
export function environmentReads(file: SourceFile, node: Node): readonly string[] {
  return file.noted(read, node, []);
}

export function readsEnvironment(file: SourceFile, node: Node): boolean {
  return environmentReads(file, node).length > 0;
}

/** Whether the environment says, in this expression, what is production. */
export function asksForProduction(file: SourceFile, node: Node): boolean {
  return environmentReads(file, node).some((name) =>
    /^(?:NODE_ENV|APP_ENV|ENV|ENVIRONMENT|PROD|DEV|MODE)$/i.test(name),
  );
}

/** `process.env`, `import.meta.env`, `Bun.env`: what holds the variables. */
export function isEnvironment(file: SourceFile, given: Node): boolean {
  const node = unwrapped(given);
  if (node.type === 'MemberExpression') {
    if (staticKey(node) !== 'env') return false;
    const object = unwrapped(node.object);
    if (object.type === 'MetaProperty') return true;
    if (object.type === 'MemberExpression') return staticKey(object) === 'process';
    if (object.type !== 'Identifier') return false;
    const variable = file.variableOf(object);
    if (variable === undefined) return object.name === 'process' || object.name === 'Bun';
    const [definition] = variable.defs;
    return definition?.type === 'ImportBinding' && object.name === 'process';
  }
  if (node.type !== 'Identifier') return false;
  const [definition] = file.variableOf(node)?.defs ?? [];
  if (definition === undefined) return false;
  if (definition.type === 'ImportBinding') {
    const { source } = definition.parent as unknown as ESTree.ImportDeclaration;
    return node.name === 'env' && /^(?:node:)?process$/.test(String(source?.value));
  }
  if (definition.type !== 'Variable') return false;
  const { id, init } = definition.node as ESTree.VariableDeclarator;
  if (init === null || init === undefined) return false;
  if (id.type === 'Identifier') return isEnvironment(file, init);
  return id.type === 'ObjectPattern' && unwrapped(init).type === 'Identifier' && node.name === 'env'
    ? (unwrapped(init) as ESTree.Identifier).name === 'process'
    : false;
}

function read(file: SourceFile, root: Node): string[] {
  return [...readsBelow(file, root, new Set())];
}

function* readsBelow(file: SourceFile, root: Node, seen: Set<Node>): Generator<string, void> {
  if (seen.size > 40) return;
  for (const node of nodesBelow(root, file.code.visitorKeys)) {
    if (node.type === 'MemberExpression' && isEnvironment(file, node.object)) {
      yield staticKey(node) ?? '';
      continue;
    }
    if (node.type !== 'Identifier') continue;
    const [definition] = file.variableOf(node)?.defs ?? [];
    if (definition === undefined) continue;
    if (definition.type === 'Variable') {
      const { id, init } = definition.node as ESTree.VariableDeclarator;
      if (init === null || init === undefined || seen.has(init)) continue;
      seen.add(init);
      if (id.type === 'ObjectPattern' && isEnvironment(file, init)) {
        const property = id.properties.find(
          (each) => each.type === 'Property' && isWithin(definition.name as Node, each.value as Node),
        );
        yield property?.type === 'Property' ? (staticKey(property) ?? '') : '';
      } else if (id.type === 'Identifier') {
        yield* readsBelow(file, init, seen);
      }
    } else if (definition.type === 'FunctionName') {
      const owner = definition.node as Node;
      if (seen.has(owner) || owner.type !== 'FunctionDeclaration') continue;
      seen.add(owner);
      yield* readsBelow(file, owner.body, seen);
    }
  }
}
