import type * as ESTree from 'estree';
import { processSwitch } from '../clients/switches.ts';
import { possibleTexts } from '../source/known.ts';
import { unwrapped, type Node } from '../source/node.ts';
import { originOf } from '../source/origin.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';
import { insecureFlag, programName, type InsecureFlag } from './insecure-flags.ts';

/** A command that is started and told to verify nothing. */
export interface InsecureCommand {
  readonly node: Node;
  readonly program: string;
  readonly flag: string;
  readonly leaves: InsecureFlag['leaves'];
  readonly instead: string;
  /** The element of a list that is the flag, where it is one of its own. */
  readonly element: Node | undefined;
}

/** Functions that take a program and a list of arguments. */
const withList: ReadonlySet<string> = new Set([
  'child_process.spawn',
  'child_process.spawnSync',
  'child_process.execFile',
  'child_process.execFileSync',
  'cross-spawn',
  'cross-spawn.sync',
  'cross-spawn.spawn',
  'execa',
  'execa.execa',
  'execa.execaSync',
  'execa.sync',
  'nano-spawn',
  'tinyexec.x',
  'tinyexec.exec',
]);

/** Functions that take a line for a shell. */
const withLine: ReadonlySet<string> = new Set([
  'child_process.exec',
  'child_process.execSync',
  'child_process.spawn',
  'child_process.spawnSync',
  'execa.execaCommand',
  'execa.execaCommandSync',
  'execa.command',
  'execa.commandSync',
  'shelljs.exec',
]);

/** Tags of templates that run what stands in them. */
const tags: ReadonlySet<string> = new Set([
  'execa.$',
  'execa.execa',
  'zx.$',
  'global:$',
  'bun.$',
  'global:Bun.$',
  'dax.$',
]);

export function* insecureCommands(file: SourceFile): Generator<InsecureCommand, void> {
  for (const call of file.calls) {
    if (call.type !== 'CallExpression' || call.callee.type === 'Super') continue;
    const [first, second] = call.arguments;
    if (first === undefined || first.type === 'SpreadElement') continue;
    const origin = originOf(file, call.callee) ?? '';
    if (withList.has(origin) && second !== undefined && second.type !== 'SpreadElement') {
      yield* ofList(file, first, second);
    }
    if (withLine.has(origin)) {
      const found = ofLine(textOf(file, first));
      if (found !== undefined) yield { node: call, ...found, element: undefined };
    }
  }
  for (const node of file.tagged) {
    if (!tags.has(tagOf(file, node.tag))) continue;
    const found = ofLine(templateText(node.quasi));
    if (found !== undefined) yield { node, ...found, element: undefined };
  }
}

/** `$`, and `$({ … })`, which gives a tag with options. */
function tagOf(file: SourceFile, tag: Node): string {
  return (originOf(file, tag) ?? '').replace(/\(\)$/, '');
}

function* ofList(file: SourceFile, first: Node, second: Node): Generator<InsecureCommand, void> {
  const program = programName(textOf(file, first));
  for (const { node: list } of sourcesOf(file, second)) {
    if (list.type !== 'ArrayExpression') continue;
    const elements = list.elements.filter((each) => each !== null && each.type !== 'SpreadElement');
    const words = elements.map((each) => ({ element: each as Node, text: textOf(file, each as Node) }));
    if (/^(?:ba|da|z|k)?sh$/.test(program)) {
      for (const { element, text } of words) {
        const found = ofLine(text);
        if (found !== undefined) yield { node: element, ...found, element: undefined };
      }
      continue;
    }
    const texts = words.map(({ text }) => text);
    const found = insecureFlag(program, texts);
    if (found === undefined) continue;
    const element = words[found.index]?.element;
    if (element !== undefined) {
      yield {
        node: element,
        ...commandOf(program, texts, found),
        element: found.length === 1 ? element : undefined,
      };
    }
  }
}

type Told = Omit<InsecureCommand, 'node' | 'element'>;

function commandOf(program: string, words: readonly string[], found: InsecureFlag): Told {
  const { index, length, leaves, instead } = found;
  return { program, flag: words.slice(index, index + length).join(' '), leaves, instead };
}

function ofLine(line: string): Told | undefined {
  for (const part of line.split(/[;|&\n]+|\$\(/)) {
    const words = part
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/^["']|["')]+$/g, ''));
    const start = words.findIndex(
      (word) => !/^[A-Za-z_]\w*=/.test(word) && !/^(?:sudo|env|exec|time|cross-env)$/.test(word),
    );
    for (const word of words.slice(0, start === -1 ? words.length : start)) {
      if (word === `${processSwitch}=0`) {
        const program = programName(words[start] ?? '');
        return { program, flag: word, leaves: 'nothing', instead: 'NODE_EXTRA_CA_CERTS=ca.pem' };
      }
    }
    const program = programName(words[start] ?? '');
    const rest = words.slice(start + 1);
    const found = insecureFlag(program, rest);
    if (found !== undefined) return commandOf(program, rest, found);
  }
  return undefined;
}

/** A text as far as it is known; what is not is a blank word. */
function textOf(file: SourceFile, given: Node): string {
  return file.noted(freshText, given, '_');
}

function freshText(file: SourceFile, given: Node): string {
  const node = unwrapped(given);
  const [known] = possibleTexts(file, node);
  if (known !== undefined) return known.text;
  const [source] = sourcesOf(file, node);
  if (source?.node.type === 'TemplateLiteral') return templateText(source.node);
  if (source?.node.type === 'BinaryExpression' && source.node.operator === '+') {
    const { left, right } = source.node;
    return `${left.type === 'PrivateIdentifier' ? '' : textOf(file, left)}${textOf(file, right)}`;
  }
  return '_';
}

function templateText(node: ESTree.TemplateLiteral): string {
  return node.quasis.map((each) => each.value.cooked ?? '').join('_');
}
