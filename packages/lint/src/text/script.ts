import { forEachChild, parse, type Command, type SyntaxNode } from 'unbash';
import type { Found } from '../text-file.ts';
import { assignmentFindings, commandFindings, isAssignment } from './command.ts';
import { mayConcern } from './concern.ts';
import { Passage } from './passage.ts';

/** How deep a script is looked at: in substitutions, functions, and the words of `sh -c`. */
const deepest = 8;

/** A script of more than so many UTF-16 units was not written by hand. */
const longest = 1 << 19;

const mostHereDocuments = 500;

/** Files whose lines are variables of programs that are started later. */
const environmentFiles =
  /GITHUB_ENV|BASH_ENV|\.env\b|\.bashrc|\.profile|\.bash_profile|\.zshrc|\/etc\/environment|\/etc\/profile/;

/** What is wrong with the commands of a script for a shell. What is no script is read as far as it is one. */
export function* scriptFindings(script: Passage | undefined, depth = 0): Generator<Found, void> {
  if (script === undefined || depth > deepest || script.text.length > longest) return;
  if (hasTooManyHereDocuments(script.text)) return;
  if (!mayConcern(script.text)) return;
  const lines = script.text.replaceAll('\r\n', '\n');
  const source = lines === script.text ? script : script.made(lines, 0, script.text.length);
  yield* nodeFindings(source, parse(source.text), depth);
}

/** The parser looks for the end of each in all that follows. */
export function hasTooManyHereDocuments(script: string): boolean {
  return script.split('<<', mostHereDocuments + 2).length > mostHereDocuments + 1;
}

function* nodeFindings(source: Passage, root: SyntaxNode, depth: number): Generator<Found, void> {
  const waiting: { readonly node: SyntaxNode; readonly source: Passage; readonly depth: number }[] = [
    { node: root, source, depth },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node } = next;
    let { source: from, depth: at } = next;
    if (node.type === 'Command') yield* ofCommand(from, node, at);
    if (isNested(node)) at++;
    if (at > deepest) continue;
    const children: SyntaxNode[] = [];
    forEachChild(node, (child) => children.push(child));
    for (const child of children.reverse()) {
      // A script in backquotes is read without their backslashes: of its words only is known that they are in there.
      const own = child.type === 'Script' ? child.source : undefined;
      if (own !== undefined && own !== from.text) {
        const start = from.offsetOf(node.pos);
        waiting.push({ node: child, source: Passage.within(own, start, from.endOf(node.end)), depth: at });
      } else waiting.push({ node: child, source: from, depth: at });
    }
  }
}

function isNested({ type }: SyntaxNode): boolean {
  return type === 'CommandExpansion' || type === 'ProcessSubstitution' || type === 'ParameterExpansion';
}

function* ofCommand(source: Passage, command: Command, depth: number): Generator<Found, void> {
  const words: Passage[] = [];
  for (const each of command.prefix)
    if (each.type === 'Assignment') words.push(...assignmentOf(source, each));
  if (command.name !== undefined)
    words.push(source.made(command.name.value, command.name.pos, command.name.end));
  for (const each of command.args) {
    if (each.type === 'Assignment') words.push(...assignmentOf(source, each));
    else words.push(source.made(each.value, each.pos, each.end));
  }
  yield* commandFindings(words, depth);
  // `set NAME=value&& …`, which is for cmd: there a space before the sign would be of the value.
  if (command.name?.value === 'set' && source.text.charAt(command.end) === '&') {
    for (const word of words.slice(1)) if (isAssignment(word.text)) yield* assignmentFindings(word);
  }
  yield* writtenFindings(command, words);
  for (const each of command.redirects) {
    // `bash <<EOF` and `ssh host <<EOF` run what follows.
    if (each.type !== 'HereDoc' || !/^(?:(?:ba|da|z|k)?sh|ssh)$/.test(command.name?.value ?? '')) continue;
    yield* scriptFindings(source.slice(each.body.pos, each.body.end), depth + 1);
  }
}

function assignmentOf(
  source: Passage,
  node: Extract<Command['prefix'][number], { type: 'Assignment' }>,
): Passage[] {
  if (node.value.type !== 'Word') return [];
  return [source.made(`${node.name}=${node.value.value}`, node.pos, node.end)];
}

/** `echo NAME=value >> $GITHUB_ENV`: a variable for what is started later. */
function* writtenFindings(command: Command, words: readonly Passage[]): Generator<Found, void> {
  if (command.name?.value !== 'echo' && command.name?.value !== 'printf') return;
  const isKept = command.redirects.some(
    (each) =>
      each.type === 'Redirect' &&
      each.operator.startsWith('>') &&
      environmentFiles.test(each.target?.text ?? ''),
  );
  if (!isKept) return;
  for (const word of words.slice(1)) {
    const lead = /^(?:export\s+)?/.exec(word.text)?.[0].length ?? 0;
    const line = word.slice(lead, lead + word.text.slice(lead).replace(/(?:\\n|\s)+$/, '').length);
    if (isAssignment(line.text)) yield* assignmentFindings(line);
  }
}
