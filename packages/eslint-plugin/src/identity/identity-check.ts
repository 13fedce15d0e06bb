import { asksForProduction, readsEnvironment } from '../source/environment.ts';
import { possibleValues } from '../source/known.ts';
import {
  functionAround,
  isFunction,
  parentOf,
  unwrapped,
  type FunctionNode,
  type Node,
} from '../source/node.ts';
import { originOf } from '../source/origin.ts';
import { nodesBelow, type SourceFile } from '../source/source-file.ts';
import { returnsOf, sourcesOf } from '../source/sources.ts';

/**
 * What a `checkServerIdentity` does for the identity. `never`: nothing, whatever is asked. `promise`: it gives back a
 * promise. `environment`: nothing where a variable of the environment says so; `guarded`: and that asks for production as
 * well. `some`: something, or what the file cannot tell to be nothing.
 *
 * Node takes what is falsy for "the name is right", and everything else for an error.
 */
export type IdentityCheck = 'never' | 'promise' | 'environment' | 'guarded' | 'some';

const noops: ReadonlySet<string> = new Set([
  'lodash.noop',
  'lodash/noop',
  'lodash-es.noop',
  'underscore.noop',
  'noop',
  'global:Function.prototype',
]);

export function identityCheckOf(file: SourceFile, value: Node): IdentityCheck {
  const kinds = sourcesOf(file, value).map((source): IdentityCheck => {
    const kind = ofSource(file, source.node);
    if (kind !== 'never' || source.when === 'condition') return kind === 'never' ? 'some' : kind;
    if (source.when === 'environment') return asksForProduction(file, value) ? 'guarded' : 'environment';
    return byConditions(file, conditionsAround(file, value, undefined)) ?? 'never';
  });
  for (const kind of ['never', 'promise', 'environment', 'guarded'] as const)
    if (kinds.includes(kind)) return kind;
  return 'some';
}

function ofSource(file: SourceFile, given: Node): IdentityCheck {
  const node = unwrapped(given);
  if (node.type === 'Literal' && node.value === false) return 'never';
  if (!isFunction(node)) return noops.has(originOf(file, node) ?? '') ? 'never' : 'some';
  if (node.generator === true) return 'some';
  const returns = returnsOf(file, node);
  const isNothing = returns.every((each) => each === undefined || isFalsy(file, each));
  if (isNothing && !throws(file, node)) return node.async === true ? 'promise' : 'never';
  return node.async === true ? 'some' : byEnvironment(file, node, returns);
}

function isFalsy(file: SourceFile, node: Node): boolean {
  return possibleValues(file, node).every(({ known }) => known.kind === 'value' && !known.value);
}

function throws(file: SourceFile, owner: FunctionNode): boolean {
  for (const node of nodesBelow(owner.body, file.code.visitorKeys)) {
    if (node.type === 'ThrowStatement' && functionAround(node) === owner) return true;
  }
  return false;
}

/** Where the function gives back nothing because of a variable of the environment. */
function byEnvironment(
  file: SourceFile,
  owner: FunctionNode,
  returns: readonly (Node | undefined)[],
): IdentityCheck {
  const kinds = returns.map((each) => {
    if (each === undefined) return undefined;
    const falsy = possibleValues(file, each).filter(({ known }) => known.kind === 'value' && !known.value);
    if (falsy.some(({ when }) => when === 'environment')) {
      return asksForProduction(file, each) ? 'guarded' : 'environment';
    }
    return falsy.some(({ when }) => when === 'always')
      ? byConditions(file, conditionsAround(file, each, owner))
      : undefined;
  });
  for (const node of nodesBelow(owner.body, file.code.visitorKeys)) {
    if (node.type !== 'ReturnStatement' || functionAround(node) !== owner) continue;
    if (node.argument === null || node.argument === undefined) {
      kinds.push(byConditions(file, conditionsAround(file, node, owner)));
    }
  }
  const last = owner.body.type === 'BlockStatement' ? owner.body.body.at(-1) : undefined;
  if (last !== undefined && !leaves(last)) kinds.push(byConditions(file, conditionsBefore(file, last, true)));
  if (kinds.includes('environment')) return 'environment';
  return kinds.includes('guarded') ? 'guarded' : 'some';
}

function byConditions(file: SourceFile, conditions: readonly Node[]): 'environment' | 'guarded' | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.some((each) => asksForProduction(file, each)) ? 'guarded' : 'environment';
}

/** The conditions that ask the environment and decide whether this is come to, up to the end of a function. */
function conditionsAround(file: SourceFile, node: Node, end: FunctionNode | undefined): Node[] {
  const found: Node[] = [];
  for (let child = node, at = parentOf(node); at !== undefined && at !== end; child = at, at = parentOf(at)) {
    if (end === undefined && isFunction(at)) break;
    if ((at.type === 'IfStatement' || at.type === 'ConditionalExpression') && at.test !== child)
      found.push(at.test);
    if (at.type === 'LogicalExpression' && at.operator === '&&' && at.right === child) found.push(at.left);
    if (at.type === 'BlockStatement') found.push(...conditionsBefore(file, child, false));
  }
  return found.filter((each) => readsEnvironment(file, each));
}

/** `if (test) return …;` before a statement: it is come to only where the test does not hold. */
function conditionsBefore(file: SourceFile, statement: Node, including: boolean): Node[] {
  const block = parentOf(statement);
  if (block?.type !== 'BlockStatement') return [];
  const found: Node[] = [];
  for (const each of block.body) {
    if (each === statement && !including) break;
    if (each.type === 'IfStatement' && leaves(each.consequent) && readsEnvironment(file, each.test))
      found.push(each.test);
    if (each === statement) break;
  }
  return found;
}

/** Whether a statement always ends in `return` or `throw`. */
function leaves(node: Node): boolean {
  if (node.type === 'ReturnStatement' || node.type === 'ThrowStatement') return true;
  if (node.type === 'BlockStatement') {
    const last = node.body.at(-1);
    return last !== undefined && leaves(last);
  }
  if (node.type === 'IfStatement') {
    return (
      node.alternate !== null &&
      node.alternate !== undefined &&
      leaves(node.consequent) &&
      leaves(node.alternate)
    );
  }
  if (node.type === 'TryStatement')
    return leaves(node.block) && (node.handler == null || leaves(node.handler.body));
  return false;
}
