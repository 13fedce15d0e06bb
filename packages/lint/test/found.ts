import { lint } from '../src/index.ts';
import { treeOf } from './tree.ts';

/** What is found in one file, as `code line:column`, and behind it the severity where it is not that of an error. */
export function foundIn(path: string, text: string | Uint8Array): readonly string[] {
  return lint([path], { cwd: treeOf({ [path]: text }) }).problems.map(({ code, line, column, severity }) =>
    [code, `${line}:${column}`, ...(severity === 'error' ? [] : [severity])].join(' '),
  );
}
