import { parentOf, staticKey, unwrapped, type Node } from './node.ts';
import { originOf } from './origin.ts';
import type { SourceFile } from './source-file.ts';

const assertions: ReadonlySet<string> = new Set([
  'deepEqual',
  'deepStrictEqual',
  'notDeepEqual',
  'notDeepStrictEqual',
  'partialDeepStrictEqual',
  'toEqual',
  'toStrictEqual',
  'toMatchObject',
  'toHaveBeenCalledWith',
  'toHaveBeenLastCalledWith',
  'toHaveBeenNthCalledWith',
  'objectContaining',
  'calledWith',
  'calledWithExactly',
  'calledWithMatch',
  'has',
  'match',
  'same',
  'strictSame',
]);

/** Whether an object is what a test compares with, and so is used for nothing. */
export function isExpected(file: SourceFile, node: Node): boolean {
  for (let child = node, at = parentOf(node); at !== undefined; child = at, at = parentOf(at)) {
    if (at.type === 'CallExpression' && (at.arguments as Node[]).includes(child)) {
      const callee = unwrapped(at.callee as Node);
      const key = callee.type === 'MemberExpression' ? (staticKey(callee) ?? '') : '';
      if (assertions.has(key)) return true;
      if (/^assert\b/.test(originOf(file, callee) ?? '')) return true;
      return false;
    }
    if (at.type.endsWith('Statement') || at.type === 'VariableDeclarator') return false;
  }
  return false;
}
