import type { Scope } from 'eslint';
import type * as ESTree from 'estree';
import { isWithin, functionAround, isFunction, parentOf, staticKey, usedBy, type Node } from './node.ts';
import { isObjectAssign } from './objects.ts';
import type { Call, SourceFile } from './source-file.ts';
import { callsOf } from './sources.ts';

/** Where a value ends up: an argument of a call, or what the file exports; at a path of keys inside of it. */
export interface Use {
  readonly call: Call | undefined;
  readonly argument: number;
  readonly path: readonly string[];
}

/** Everything that a value is used for, as far as the file tells. Empty where it tells nothing. */
export function usesOf(file: SourceFile, node: Node): readonly Use[] {
  return file.noted(fresh, node, []);
}

const exported: Use = { call: undefined, argument: 0, path: [] };

function fresh(file: SourceFile, node: Node): readonly Use[] {
  const { parent, child } = usedBy(node);
  switch (parent?.type) {
    case 'Property': {
      if (parent.value !== child) return [];
      const key = staticKey(parent) ?? '*';
      const object = parentOf(parent);
      return object === undefined ? [] : below(usesOf(file, object), key);
    }
    case 'PropertyDefinition':
      return parent.value === child ? ofField(file, parent) : [];
    case 'SpreadElement': {
      const object = parentOf(parent);
      return object?.type === 'ObjectExpression' ? usesOf(file, object) : [];
    }
    case 'ArrayExpression':
      return below(usesOf(file, parent), '*');
    case 'ConditionalExpression':
      return parent.test === child ? [] : usesOf(file, parent);
    case 'LogicalExpression':
    case 'AwaitExpression':
    case 'SequenceExpression':
      return usesOf(file, parent);
    case 'CallExpression':
    case 'NewExpression': {
      const argument = parent.arguments.indexOf(child as ESTree.Expression);
      if (argument === -1) return [];
      if (parent.type === 'CallExpression' && isObjectAssign(parent)) return ofAssign(file, parent, argument);
      return [{ call: parent, argument, path: [] }];
    }
    case 'VariableDeclarator':
      return parent.init === child && parent.id.type === 'Identifier'
        ? ofVariables(file, file.code.getDeclaredVariables(parent))
        : [];
    case 'AssignmentExpression':
      return parent.right === child ? ofAssignment(file, parent) : [];
    case 'AssignmentPattern':
      return parent.right === child && parent.left.type === 'Identifier'
        ? ofName(file, parent.left, parent)
        : [];
    case 'ReturnStatement':
      return ofReturn(file, functionAround(parent));
    case 'ArrowFunctionExpression':
      return parent.body === child ? ofReturn(file, parent) : [];
    case 'ExportDefaultDeclaration':
      return [exported];
    default:
      return [];
  }
}

function below(uses: readonly Use[], key: string): readonly Use[] {
  return uses.map((use) => ({ ...use, path: [...use.path, key] }));
}

function ofAssign(file: SourceFile, call: ESTree.SimpleCallExpression, argument: number): readonly Use[] {
  const whole = usesOf(file, call);
  const [target] = call.arguments;
  if (argument === 0 || target?.type !== 'Identifier') return whole;
  const variable = file.variableOf(target);
  return variable === undefined ? whole : [...whole, ...ofVariables(file, [variable])];
}

function ofVariables(file: SourceFile, variables: readonly Scope.Variable[]): readonly Use[] {
  return variables.flatMap((variable) =>
    variable.references
      .filter((reference) => reference.isRead())
      .slice(0, 40)
      .flatMap((reference) => usesOf(file, reference.identifier as Node)),
  );
}

function ofName(file: SourceFile, name: ESTree.Identifier, pattern: Node): readonly Use[] {
  const owner = functionAround(pattern);
  if (owner === undefined) return [];
  const variables = file.code.getDeclaredVariables(owner);
  return ofVariables(
    file,
    variables.filter((variable) => variable.name === name.name),
  );
}

function ofAssignment(file: SourceFile, node: ESTree.AssignmentExpression): readonly Use[] {
  const { left } = node;
  if (left.type === 'Identifier') {
    const variable = file.variableOf(left);
    return variable === undefined ? [] : ofVariables(file, [variable]);
  }
  if (left.type !== 'MemberExpression') return [];
  const key = staticKey(left) ?? '*';
  const object = left.object;
  if (object.type === 'Identifier') {
    if (object.name === 'module' && key === 'exports') return [exported];
    if (object.name === 'exports') return [{ ...exported, path: [key] }];
    const variable = file.variableOf(object);
    return variable === undefined ? [] : below(ofVariables(file, [variable]), key);
  }
  if (object.type === 'MemberExpression' && object.object.type === 'Identifier') {
    if (object.object.name === 'module' && staticKey(object) === 'exports')
      return [{ ...exported, path: [key] }];
  }
  return [];
}

/** What a function gives back goes where its calls are. */
function ofReturn(file: SourceFile, owner: Node | undefined): readonly Use[] {
  if (owner === undefined || !isFunction(owner)) return [];
  const { parent } = usedBy(owner);
  if (parent?.type === 'CallExpression' && parent.callee === owner) return usesOf(file, parent);
  // A configuration can be a function: `export default () => ({ … })`, `defineConfig(() => ({ … }))`.
  if (parent?.type === 'ExportDefaultDeclaration') return [exported];
  if (parent?.type === 'CallExpression' || parent?.type === 'AssignmentExpression')
    return usesOf(file, owner);
  return (callsOf(file, owner) ?? []).flatMap((call) => usesOf(file, call));
}

/** A field of a class is used where `this.field` is. */
function ofField(file: SourceFile, field: ESTree.PropertyDefinition): readonly Use[] {
  const key = staticKey(field);
  const body = parentOf(field);
  if (key === undefined || body === undefined) return [];
  return file.members
    .filter((member) => staticKey(member) === key && isWithin(member, body))
    .flatMap((member) => usesOf(file, member));
}
