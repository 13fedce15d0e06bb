import type { Rule } from 'eslint';
import type * as ESTree from 'estree';
import { staticKey, type Node } from './source/node.ts';
import type { SourceFile } from './source/source-file.ts';

type Edit = (fixer: Rule.RuleFixer) => Rule.Fix | Rule.Fix[];

/** Puts a property at the end of an object literal, on a line of its own where the others are. */
export function addProperty(object: ESTree.ObjectExpression, text: string): Edit {
  return (fixer) => {
    const last = object.properties.at(-1);
    if (last === undefined) return fixer.replaceText(object, `{ ${text} }`);
    const isOnLines = last.loc?.start.line !== object.loc?.start.line;
    const indent = ' '.repeat(last.loc?.start.column ?? 0);
    return fixer.insertTextAfter(last, isOnLines ? `,\n${indent}${text}` : `, ${text}`);
  };
}

/** Takes a property, an element or an argument out of its list, with the comma that parts it from the others. */
export function removeFromList(file: SourceFile, node: Node): Edit {
  return (fixer) => {
    const [start, end] = node.range ?? [0, 0];
    const after = file.code.getTokenAfter(node);
    if (after?.value === ',') {
      const next = file.code.getTokenAfter(after);
      const isLast = next === null || next.value === '}' || next.value === ']' || next.value === ')';
      return fixer.removeRange([start, isLast ? after.range[1] : next.range[0]]);
    }
    const before = file.code.getTokenBefore(node);
    return fixer.removeRange([before?.value === ',' ? before.range[0] : start, end]);
  };
}

/** The property of an object literal that is written in it, and not spread into it. */
export function writtenProperty(object: Node, key: string): ESTree.Property | undefined {
  if (object.type !== 'ObjectExpression') return undefined;
  for (const each of object.properties) {
    if (each.type === 'Property' && staticKey(each) === key) return each;
  }
  return undefined;
}
