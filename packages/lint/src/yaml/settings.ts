import type { Node } from 'yaml';
import { argumentFindings, assignmentFindings, commandFindings } from '../text/command.ts';
import type { Passage } from '../text/passage.ts';
import { scriptFindings } from '../text/script.ts';
import { settingFault } from '../text/setting.ts';
import type { Found } from '../text-file.ts';
import type { YamlTree } from './tree.ts';

/** Variables: `NAME: value`, `- NAME=value`, `- name: NAME` with `value: …` below it. */
export function* settingFindings(tree: YamlTree, node: Node): Generator<Found, void> {
  for (const { key, value } of tree.pairs(node)) {
    // GitLab: `NAME: { value: …, description: … }`.
    const text = tree.text(value) ?? tree.text(tree.at(value, 'value'));
    if (text !== null) yield* settingFinding(tree, key, text);
  }
  for (const item of tree.items(node)) {
    const line = tree.text(item);
    if (line !== null) yield* assignmentFindings(line);
    else if (tree.isMap(item)) yield* namedFindings(tree, item);
  }
}

/** `name: NAME` and `value: …` of one map. */
export function* namedFindings(tree: YamlTree, map: Node): Generator<Found, void> {
  const name = tree.text(tree.at(map, 'name'));
  const value = tree.text(tree.at(map, 'value'));
  if (name !== null && value !== null) yield* settingFinding(tree, name, value);
  // `- NAME: value`, in a list of its own.
  else if (name === null) {
    for (const { key, value: given } of tree.pairs(map)) {
      const text = tree.text(given);
      if (text !== null) yield* settingFinding(tree, key, text);
    }
  }
}

/** @param variable the variable that it is, where it is called otherwise */
export function* settingFinding(
  tree: YamlTree,
  name: Passage,
  value: Passage,
  variable: string = name.text,
): Generator<Found, void> {
  const fault = settingFault(variable, value.text);
  if (fault !== null) yield tree.span(name, value).found(fault);
}

/** Scripts: a text, or a list of lines or of further lists. */
export function* scriptsFindings(tree: YamlTree, node: Node, depth = 0): Generator<Found, void> {
  const text = tree.text(node);
  if (text !== null) yield* scriptFindings(withoutExpressions(text));
  else if (depth < 4) for (const item of tree.items(node)) yield* scriptsFindings(tree, item, depth + 1);
}

/** A command: a text as for a shell, or a list of words, which need not begin with the program. */
export function* wordsFindings(tree: YamlTree, node: Node, hasProgram = true): Generator<Found, void> {
  const text = tree.text(node);
  if (text !== null) yield* scriptFindings(text);
  else {
    const words = wordsOf(tree, node);
    yield* hasProgram ? commandFindings(words) : argumentFindings(words);
  }
}

export function wordsOf(tree: YamlTree, node: Node | undefined): readonly Passage[] {
  return [...tree.items(node)].flatMap((item) => tree.text(item) ?? []);
}

/** Expressions of GitHub and Azure become words of the same length: they are put in before a shell reads it. */
function withoutExpressions(passage: Passage): Passage {
  const text = passage.text.replaceAll(/\$\{\{[^]*?\}\}/g, (expression) => '_'.repeat(expression.length));
  return text === passage.text ? passage : passage.with(text);
}
