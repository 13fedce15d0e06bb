import type * as ESTree from 'estree';
import { parentOf, staticKey, unwrapped, type Node } from './node.ts';
import type { SourceFile } from './source-file.ts';
import { later, sourcesOf, type Source, type When } from './sources.ts';

/** A property of an object, as far as the file tells. */
export interface PropertyFacts {
  /** The expressions that its value can be, as written: not followed further. */
  readonly found: readonly Source[];
  /** Whether it can be missing. `unknown` where something is spread into the object that the file does not tell. */
  readonly absent: 'no' | 'maybe' | 'yes' | 'unknown';
}

const nothing: PropertyFacts = { found: [], absent: 'yes' };
const unknown: PropertyFacts = { found: [], absent: 'unknown' };

/** What `object.key` can be: of an object literal, of a name for one, of `Object.assign`, with later writes to it. */
export function propertyOf(file: SourceFile, object: Node, key: string, depth = 0): PropertyFacts {
  if (depth > 8) return unknown;
  const node = unwrapped(object);
  const own = either(sourcesOf(file, node).map((source) => ofSource(file, source, key, depth)));
  const written = writesTo(file, node, key);
  if (written.found.length === 0)
    return written.absent === 'unknown' && own.absent !== 'no' ? { ...own, absent: 'unknown' } : own;
  return { found: [...own.found, ...written.found], absent: own.absent === 'no' ? 'no' : 'maybe' };
}

/** The same down a path of keys. */
export function propertyAt(file: SourceFile, object: Node, path: readonly string[]): PropertyFacts {
  const [key, ...rest] = path;
  if (key === undefined) return { found: [{ node: object, when: 'always' }], absent: 'no' };
  const here = propertyOf(file, object, key);
  if (rest.length === 0) return here;
  const below = here.found.map(({ node, when }) => conditional(propertyAt(file, node, rest), when));
  if (here.absent === 'yes') below.push(nothing);
  if (here.absent === 'maybe') below.push(nothing);
  if (here.absent === 'unknown') below.push(unknown);
  return either(below);
}

function ofSource(file: SourceFile, { node, when }: Source, key: string, depth: number): PropertyFacts {
  if (node.type === 'ObjectExpression') return conditional(ofLiteral(file, node, key, depth), when);
  if (node.type === 'CallExpression' && isObjectAssign(node)) {
    return conditional(ofLayers(file, node.arguments, key, depth), when);
  }
  if (node.type === 'Literal' || (node.type === 'Identifier' && node.name === 'undefined')) return nothing;
  return unknown;
}

function ofLiteral(
  file: SourceFile,
  node: ESTree.ObjectExpression,
  key: string,
  depth: number,
): PropertyFacts {
  const found: Source[] = [];
  let absent: PropertyFacts['absent'] = 'yes';
  for (const each of node.properties.toReversed()) {
    if (each.type === 'Property') {
      const name = staticKey(each);
      if (name === undefined) absent = 'unknown';
      if (name !== key) continue;
      return {
        found: [...found, { node: each.value as Node, when: found.length === 0 ? 'always' : 'condition' }],
        absent: 'no',
      };
    }
    const layer = propertyOf(file, each.argument, key, depth + 1);
    found.push(...layer.found);
    if (layer.absent === 'no') return { found, absent: 'no' };
    if (layer.absent === 'unknown') absent = 'unknown';
    else if (layer.absent === 'maybe' && absent === 'yes') absent = 'maybe';
  }
  return { found, absent };
}

function ofLayers(
  file: SourceFile,
  layers: readonly (ESTree.Expression | ESTree.SpreadElement)[],
  key: string,
  depth: number,
): PropertyFacts {
  const found: Source[] = [];
  let absent: PropertyFacts['absent'] = 'yes';
  for (const each of layers.toReversed()) {
    const layer = each.type === 'SpreadElement' ? unknown : propertyOf(file, each, key, depth + 1);
    found.push(...layer.found);
    if (layer.absent === 'no') return { found, absent: 'no' };
    if (layer.absent === 'unknown') absent = 'unknown';
    else if (layer.absent === 'maybe' && absent === 'yes') absent = 'maybe';
  }
  return { found, absent };
}

/** Writes to a member of a name, wherever in the file, and calls that the name is handed to for that. */
function writesTo(file: SourceFile, node: Node, key: string): PropertyFacts {
  const variable = node.type === 'Identifier' ? file.variableOf(node) : undefined;
  if (variable === undefined) return nothing;
  const found: Source[] = [];
  let absent: PropertyFacts['absent'] = 'yes';
  for (const reference of variable.references) {
    const identifier = reference.identifier as Node;
    const parent = parentOf(identifier);
    if (parent?.type === 'MemberExpression' && parent.object === identifier) {
      const around = parentOf(parent);
      if (around?.type !== 'AssignmentExpression' || around.left !== parent) continue;
      const name = staticKey(parent);
      if (name === key) found.push({ node: around.right, when: 'condition' });
      else if (name === undefined) absent = 'unknown';
    } else if (parent?.type === 'CallExpression' && parentOf(parent)?.type === 'ExpressionStatement') {
      // `complete(options);`: called for what it does to the object.
      if (parent.arguments[0] !== identifier) continue;
      if (isObjectAssign(parent)) {
        const layers = ofLayers(file, parent.arguments.slice(1), key, 1);
        found.push(...layers.found);
        if (layers.absent === 'unknown') absent = 'unknown';
      } else if (parent.callee.type === 'Identifier') {
        absent = 'unknown';
      }
    }
  }
  return { found, absent };
}

export function isObjectAssign(node: ESTree.SimpleCallExpression): boolean {
  const { callee } = node;
  return (
    callee.type === 'MemberExpression' &&
    callee.object.type === 'Identifier' &&
    callee.object.name === 'Object' &&
    staticKey(callee) === 'assign'
  );
}

function conditional(facts: PropertyFacts, when: When): PropertyFacts {
  if (when === 'always') return facts;
  return { ...facts, found: facts.found.map((each) => ({ ...each, when: later(each.when, when) })) };
}

/** One of several: it can be missing if it can be in one of them. */
function either(all: readonly PropertyFacts[]): PropertyFacts {
  const found = all.flatMap((each) => each.found);
  if (all.some(({ absent }) => absent === 'unknown')) return { found, absent: 'unknown' };
  if (all.every(({ absent }) => absent === 'no')) return { found, absent: 'no' };
  return { found, absent: all.every(({ absent }) => absent === 'yes') ? 'yes' : 'maybe' };
}
