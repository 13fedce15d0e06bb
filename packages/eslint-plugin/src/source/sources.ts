import type { Scope } from 'eslint';
import type * as ESTree from 'estree';
import { readsEnvironment } from './environment.ts';
import { knownTruth } from './known.ts';
import {
  isWithin,
  functionAround,
  isFunction,
  parentOf,
  staticKey,
  unwrapped,
  usedBy,
  type FunctionNode,
  type Node,
} from './node.ts';
import { propertyOf } from './objects.ts';
import { nodesBelow, type SourceFile } from './source-file.ts';

/**
 * When a value is the one that is used: always; where the environment says so; where nothing else was given; or on a
 * condition that the file does not tell. The later one holds for what stands inside of several.
 */
export type When = 'always' | 'environment' | 'default' | 'condition';

/** An expression that a value can come from, with no name in between that the file could tell. */
export interface Source {
  readonly node: Node;
  readonly when: When;
}

const order: readonly When[] = ['always', 'environment', 'default', 'condition'];

export function later(one: When, other: When): When {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** More sources than a reader could follow are as good as none. */
const sourceLimit = 40;

/**
 * Every expression that this one can have its value from, as far as the file tells. Never empty. Each is made once, and
 * one that leads back to itself ends there.
 */
export function sourcesOf(file: SourceFile, node: Node): readonly Source[] {
  return file.noted(fresh, node, [{ node: unwrapped(node), when: 'always' }]);
}

function fresh(file: SourceFile, node: Node): readonly Source[] {
  const found = new Map<Node, When>();
  for (const source of new Search(file).step(unwrapped(node))) {
    const before = found.get(source.node);
    found.set(
      source.node,
      before === undefined || order.indexOf(source.when) < order.indexOf(before) ? source.when : before,
    );
  }
  if (found.size > sourceLimit) return [{ node: unwrapped(node), when: 'always' }];
  return [...found].map(([each, when]) => ({ node: each, when }));
}

class Search {
  readonly #file: SourceFile;

  constructor(file: SourceFile) {
    this.#file = file;
  }

  of(node: Node, when: When): Source[] {
    return sourcesOf(this.#file, node).map((source) => ({
      node: source.node,
      when: later(when, source.when),
    }));
  }

  step(node: Node): Source[] {
    const when: When = 'always';
    switch (node.type) {
      case 'Identifier':
        return this.#ofIdentifier(node, when);
      case 'ConditionalExpression':
        return this.#ofConditional(node, when);
      case 'LogicalExpression':
        return this.#ofLogical(node, when);
      case 'AwaitExpression':
        return this.of(node.argument, when);
      case 'AssignmentExpression':
        return node.operator === '=' ? this.of(node.right, when) : [{ node, when }];
      case 'MemberExpression':
        return this.#ofMember(node, when);
      case 'CallExpression':
        return this.#ofCall(node, when);
      default:
        return [{ node, when }];
    }
  }

  #ofConditional(node: ESTree.ConditionalExpression, when: When): Source[] {
    const truth = knownTruth(this.#file, node.test);
    if (truth !== undefined) return this.of(truth ? node.consequent : node.alternate, when);
    const on = later(when, this.#conditionOf(node.test));
    return [...this.of(node.consequent, on), ...this.of(node.alternate, on)];
  }

  #ofLogical(node: ESTree.LogicalExpression, when: When): Source[] {
    const truth = knownTruth(this.#file, node.left);
    if (node.operator === '&&') {
      if (truth === false) return this.of(node.left, when);
      if (truth === true) return this.of(node.right, when);
      // What stands left of `&&` is falsy where it is the value: nothing for spreads, and told by the expression
      // as a whole for booleans.
      return [{ node: node.left, when }, ...this.of(node.right, later(when, this.#conditionOf(node.left)))];
    }
    if (truth === true) return this.of(node.left, when);
    if (truth === false && node.operator === '||') return this.of(node.right, when);
    return [...this.of(node.left, when), ...this.of(node.right, later(when, 'default'))];
  }

  #conditionOf(test: Node): When {
    return readsEnvironment(this.#file, test) ? 'environment' : 'condition';
  }

  #ofIdentifier(node: ESTree.Identifier, when: When): Source[] {
    const variable = this.#file.variableOf(node);
    return variable === undefined ? [{ node, when }] : this.#ofVariable(node, variable, when);
  }

  #ofVariable(node: ESTree.Identifier, variable: Scope.Variable, when: When): Source[] {
    const [definition] = variable.defs;
    const itself: Source[] = [{ node, when }];
    if (definition === undefined || variable.defs.length > 1) return itself;
    if (definition.type === 'FunctionName' || definition.type === 'ClassName') {
      return [{ node: definition.node as Node, when }];
    }
    const writes = variable.references.filter((reference) => reference.isWrite() && reference.init !== true);
    const written = (): Source[] =>
      writes.flatMap((reference) => {
        const right = assignedTo(reference.identifier as Node);
        return right === undefined ? itself : this.of(right, later(when, 'condition'));
      });
    if (definition.type === 'Variable') {
      const { id, init } = definition.node as ESTree.VariableDeclarator;
      if (init === null || init === undefined) {
        const [only] = writes;
        if (id.type !== 'Identifier' || only === undefined || isLoopVariable(definition.node as Node))
          return itself;
        const right = assignedTo(only.identifier as Node);
        if (writes.length === 1 && right !== undefined) return this.of(right, when);
        return written();
      }
      return [...this.#ofPattern(id, definition.name as Node, init, itself, when), ...written()];
    }
    if (definition.type === 'Parameter') {
      return [...this.#ofParameter(definition, itself, when), ...written()];
    }
    return itself;
  }

  /** The value of a name in a pattern that something is taken apart with. */
  #ofPattern(pattern: Node, name: Node, value: Node, itself: Source[], when: When): Source[] {
    if (pattern === name) return this.of(value, when);
    const steps = stepsTo(pattern, name);
    if (steps === undefined) return itself;
    let sources: Source[] = this.of(value, when);
    for (const { key, fallback } of steps) {
      sources = sources.flatMap((source) => {
        const { found, absent } = propertyOf(this.#file, source.node, key);
        const next = found.flatMap((each) => this.of(each.node, later(source.when, each.when)));
        if (absent === 'no') return next;
        return fallback === undefined
          ? [...next, ...itself]
          : [...next, ...itself, ...this.of(fallback, later(source.when, 'default'))];
      });
    }
    return sources;
  }

  #ofParameter(definition: Scope.Definition, itself: Source[], when: When): Source[] {
    const owner = definition.node as Node;
    if (!isFunction(owner)) return itself;
    const index = owner.params.findIndex((each) => isWithin(definition.name as Node, each));
    const parameter = owner.params[index];
    if (parameter === undefined) return itself;
    const sources: Source[] = [];
    const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
    const calls = callsOf(this.#file, owner);
    if (calls === undefined) sources.push(...itself);
    for (const call of calls ?? []) {
      const before = call.arguments.slice(0, index + 1);
      const argument = before.some((each) => each.type === 'SpreadElement')
        ? undefined
        : call.arguments[index];
      if (argument !== undefined && argument.type !== 'SpreadElement') {
        sources.push(
          ...this.#ofPattern(pattern, definition.name as Node, argument, itself, later(when, 'condition')),
        );
      }
    }
    const fallback = parameter.type === 'AssignmentPattern' ? parameter.right : undefined;
    const steps = stepsTo(pattern, definition.name as Node);
    if (pattern === definition.name && fallback !== undefined) {
      sources.push(...this.of(fallback, later(when, 'default')));
    } else if (steps !== undefined) {
      const last = steps.at(-1);
      if (last?.fallback !== undefined) sources.push(...this.of(last.fallback, later(when, 'default')));
    }
    return sources.length === 0 ? itself : sources;
  }

  #ofMember(node: ESTree.MemberExpression, when: When): Source[] {
    const key = staticKey(node);
    if (key === undefined || node.object.type === 'Super') return [{ node, when }];
    if (node.object.type === 'ThisExpression') return this.#ofField(node, key, when);
    const objects = isPlainName(node.object) ? this.of(node.object, when) : [];
    const itself: Source[] = [{ node, when }];
    const found = objects.flatMap((object) => {
      if (object.node.type !== 'ObjectExpression') return itself;
      const property = propertyOf(this.#file, node.object, key);
      const sources = property.found.flatMap((each) => this.of(each.node, later(object.when, each.when)));
      return property.absent === 'no' ? sources : [...sources, ...itself];
    });
    return found.length === 0 ? itself : found;
  }

  /** `this.name` in a class: its field, and what is written to it. */
  #ofField(node: ESTree.MemberExpression, key: string, when: When): Source[] {
    const itself: Source[] = [{ node, when }];
    const owner = classAround(node);
    if (owner === undefined) return itself;
    const sources: Source[] = [];
    for (const member of owner.body.body) {
      if (member.type === 'MethodDefinition' && member.kind === 'method' && !member.static) {
        const name = member.computed || member.key.type !== 'Identifier' ? undefined : member.key.name;
        if (name === key) sources.push({ node: member.value, when });
      }
      if (member.type !== 'PropertyDefinition' || staticKey(member) !== key || member.static) continue;
      if (member.value !== null && member.value !== undefined) sources.push({ node: member.value, when });
    }
    const writes = this.#file.writes.filter(
      (write) =>
        write.key === key &&
        write.target.object.type === 'ThisExpression' &&
        classAround(write.node) === owner,
    );
    const on = sources.length + writes.length > 1 ? later(when, 'condition') : when;
    const all = [...sources.map(({ node: value }) => value), ...writes.map((write) => write.node.right)];
    return all.length === 0 ? itself : all.flatMap((value) => this.of(value, on));
  }

  /** What a function of the file gives back. */
  #ofCall(node: ESTree.SimpleCallExpression, when: When): Source[] {
    const itself: Source[] = [{ node, when }];
    if (node.callee.type === 'Super') return itself;
    const callee = unwrapped(node.callee);
    if (callee.type === 'MemberExpression') {
      const key = staticKey(callee);
      const [first] = node.arguments;
      if (key === 'freeze' && callee.object.type === 'Identifier' && callee.object.name === 'Object') {
        if (first !== undefined && first.type !== 'SpreadElement') return this.of(first, when);
      }
      if (key === 'bind' && callee.object.type !== 'Super') return this.of(callee.object, when);
      return itself;
    }
    if (callee.type !== 'Identifier' && !isFunction(callee)) return itself;
    const functions = isFunction(callee) ? [{ node: callee, when }] : this.of(callee, when);
    return functions.flatMap((source) => {
      if (!isFunction(source.node) || source.node.generator === true) return itself;
      const returns = returnsOf(this.#file, source.node);
      if (returns.length === 0) return itself;
      const on = returns.length === 1 ? when : later(when, 'condition');
      return returns.flatMap((each) => (each === undefined ? itself : this.of(each, on)));
    });
  }
}

/** What a function returns: an expression each, or undefined for a bare `return`. Nested functions are their own. */
export function returnsOf(file: SourceFile, owner: FunctionNode): readonly (Node | undefined)[] {
  if (owner.body.type !== 'BlockStatement') return [owner.body];
  const found: (Node | undefined)[] = [];
  for (const node of nodesBelow(owner.body, file.code.visitorKeys)) {
    if (node.type === 'ReturnStatement' && functionAround(node) === owner)
      found.push(node.argument ?? undefined);
  }
  return found;
}

/** Every call of a function that only this file can call; undefined where others can. */
export function callsOf(
  file: SourceFile,
  owner: FunctionNode,
): readonly (ESTree.SimpleCallExpression | ESTree.NewExpression)[] | undefined {
  const variable = variableOfFunction(file, owner);
  if (variable === undefined) return undefined;
  const calls: (ESTree.SimpleCallExpression | ESTree.NewExpression)[] = [];
  for (const reference of variable.references) {
    if (reference.init === true) continue;
    const parent = parentOf(reference.identifier as Node);
    if (parent?.type !== 'CallExpression' || parent.callee !== (reference.identifier as Node))
      return undefined;
    calls.push(parent);
  }
  const declared = parentOf(owner.type === 'FunctionDeclaration' ? owner : (parentOf(owner) ?? owner));
  const exported = owner.type === 'FunctionDeclaration' ? declared : parentOf(declared ?? owner);
  return exported?.type.startsWith('Export') === true ? undefined : calls;
}

function variableOfFunction(file: SourceFile, owner: FunctionNode): Scope.Variable | undefined {
  if (owner.type === 'FunctionDeclaration') return file.code.getDeclaredVariables(owner)[0];
  const { parent } = usedBy(owner);
  if (parent?.type !== 'VariableDeclarator' || parent.id.type !== 'Identifier') return undefined;
  return file.code.getDeclaredVariables(parent)[0];
}

interface Step {
  readonly key: string;
  readonly fallback: Node | undefined;
}

function stepsTo(pattern: Node, name: Node): Step[] | undefined {
  if (pattern === name) return [];
  if (pattern.type === 'AssignmentPattern') return stepsTo(pattern.left, name);
  if (pattern.type !== 'ObjectPattern') return undefined;
  for (const property of pattern.properties) {
    if (property.type !== 'Property') continue;
    const below = stepsTo(property.value, name);
    if (below === undefined) continue;
    const key = staticKey(property);
    if (key === undefined) return undefined;
    const fallback = property.value.type === 'AssignmentPattern' ? property.value.right : undefined;
    return [{ key, fallback }, ...below];
  }
  return undefined;
}

/** What an identifier on the left of `=` is given. */
function assignedTo(identifier: Node): Node | undefined {
  const parent = parentOf(identifier);
  if (parent?.type !== 'AssignmentExpression' || parent.left !== identifier) return undefined;
  return ['=', '||=', '??=', '&&='].includes(parent.operator) ? parent.right : undefined;
}

function isLoopVariable(declarator: Node): boolean {
  const around = parentOf(parentOf(declarator) ?? declarator);
  return around?.type === 'ForOfStatement' || around?.type === 'ForInStatement';
}

function isPlainName(node: Node): boolean {
  const inner = unwrapped(node);
  return inner.type === 'Identifier' || (inner.type === 'MemberExpression' && isPlainName(inner.object));
}

function classAround(node: Node): ESTree.Class | undefined {
  for (let at = parentOf(node); at !== undefined; at = parentOf(at)) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return at;
  }
  return undefined;
}
