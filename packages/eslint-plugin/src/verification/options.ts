import type * as ESTree from 'estree';
import { isOfServer, objectOf } from '../clients/server-side.ts';
import { processSwitch, switches, type Switch } from '../clients/switches.ts';
import { environmentReads } from '../source/environment.ts';
import { isExpected } from '../source/expectations.ts';
import { possibleValues, type Possible } from '../source/known.ts';
import { unwrapped, type Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';
import { later, type When } from '../source/sources.ts';

/** A place where an option switches verification off. */
export interface SwitchedOff {
  readonly node: Node;
  readonly value: Node;
  readonly option: Switch;
  readonly when: When;
  /** What stands there is falsy, but not `false`: Node verifies all the same. */
  readonly isLoose: boolean;
  /** The variables of the environment that decide, if they do. */
  readonly variables: readonly string[];
}

/** Every option in the file that switches verification off, or can. */
export function* optionsSwitchedOff(file: SourceFile): Generator<SwitchedOff, void> {
  for (const option of switches) {
    for (const property of file.properties.get(option.key) ?? []) {
      const value = property.value as Node;
      const off = whenOff(file, value, option);
      if (off === undefined || isOfServer(file, objectOf(property)) || isExpected(file, objectOf(property)))
        continue;
      yield { node: property, value, option, ...off };
    }
  }
  for (const { node, key } of file.writes) {
    const option = switches.find((each) => each.key === key);
    const off = option === undefined ? undefined : whenOff(file, node.right, option);
    if (option !== undefined && off !== undefined) yield { node, value: node.right, option, ...off };
  }
}

/** The value is written right there, so that another can be put in its place. */
export function isInline(value: Node): value is ESTree.Literal | ESTree.UnaryExpression {
  const node = unwrapped(value);
  return node.type === 'Literal' || (node.type === 'UnaryExpression' && node.argument.type === 'Literal');
}

function whenOff(
  file: SourceFile,
  value: Node,
  option: Switch,
): { when: When; isLoose: boolean; variables: readonly string[] } | undefined {
  const all = possibleValues(file, value);
  const off = all.filter((each) => isOff(each, option));
  const variables = environmentReads(file, value).filter((name) => name !== '');
  // What follows the switch that Node itself has adds none.
  if (variables.includes(processSwitch)) return undefined;
  if (off.length === 0) {
    const isLoose = option.key === 'rejectUnauthorized' && all.every(isLooselyOff);
    return isLoose ? { when: 'always', isLoose, variables } : undefined;
  }
  const when = off.map((each) => each.when).reduce(earlier);
  const isAlways = off.length === all.length;
  // `options.rejectUnauthorized !== false`: what was given, made a boolean.
  if (when === 'condition' && file.textOf(value).includes(option.key)) return undefined;
  return {
    when: isAlways ? 'always' : later(when, when === 'always' ? 'condition' : when),
    isLoose: false,
    variables,
  };
}

function isOff({ known }: Possible, { off }: Switch): boolean {
  return known.kind === 'value' && known.value === off;
}

/** Node asks for `false` and nothing else; other clients ask whether it is falsy. What is undefined was not given. */
function isLooselyOff({ known }: Possible): boolean {
  return known.kind === 'value' && known.value !== undefined && known.value !== false && !known.value;
}

function earlier(one: When, other: When): When {
  return later(one, other) === one ? other : one;
}
