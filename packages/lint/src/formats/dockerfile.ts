import {
  Arg,
  DockerfileParser,
  Env,
  JSONInstruction,
  Onbuild,
  PropertyInstruction,
  Run,
} from 'dockerfile-ast';
import type { Instruction } from 'dockerfile-ast';
import { argumentFindings, commandFindings } from '../text/command.ts';
import { mayConcern } from '../text/concern.ts';
import { Passage } from '../text/passage.ts';
import { scriptFindings } from '../text/script.ts';
import { settingFault } from '../text/setting.ts';
import type { Found } from '../text-file.ts';
import { wordsOf } from '../yaml/settings.ts';
import { YamlTree } from '../yaml/tree.ts';
import { NotRead, type Format } from './format.ts';

const isDockerPath =
  /(?:^|\/)(?:Dockerfile|Containerfile)(?:[._-][\w.-]+)?$|\.(?:dockerfile|containerfile)$/i;

/** UTF-16 units of a file that is read. What is larger was not written by hand. */
const longest = 1 << 18;

/** What a shell runs, or a list of words. */
const commands: ReadonlySet<string> = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK']);

/** Dockerfiles: the variables of ENV and ARG, and the commands of RUN, CMD, ENTRYPOINT and HEALTHCHECK. */
export const dockerfile: Format = {
  name: 'a Dockerfile',
  comment: '#',
  mayBe: (path) => isDockerPath.test(path) && !/\.(?:md|txt|html|json|ya?ml|dockerignore)$/.test(path),
  *check(file) {
    if (!mayConcern(file.text)) return;
    if (file.text.length > longest) throw new NotRead('It is a Dockerfile of over 256 KiB.');
    const { text } = file;
    const lines = [
      0,
      ...Array.from(text.matchAll(/\r\n|[\r\n]/g), ({ index, 0: end }) => index + end.length),
    ];
    const parsed = DockerfileParser.parse(text);
    for (const instruction of parsed.getInstructions()) {
      yield* instructionFindings({ text, lines }, instruction, parsed.getEscapeCharacter());
    }
  },
};

function* instructionFindings(
  file: DockerText,
  instruction: Instruction,
  escape: string,
): Generator<Found, void> {
  const keyword = instruction.getKeyword();
  if (instruction instanceof Onbuild) {
    const trigger = instruction.getTriggerInstruction();
    if (trigger !== null) yield* instructionFindings(file, trigger, escape);
  } else if (instruction instanceof Env || instruction instanceof Arg)
    yield* variableFindings(file, instruction);
  else if (commands.has(keyword)) {
    const whole = argumentsOf(file, instruction);
    if (whole === null) return;
    // `HEALTHCHECK CMD …`.
    const lead =
      keyword === 'HEALTHCHECK' ? (/^CMD\s+/i.exec(whole.text)?.[0].length ?? whole.text.length) : 0;
    const given = whole.slice(lead);
    const words = listOf(given);
    if (words !== null) {
      // What is given to an entrypoint of its own begins with no program.
      yield* keyword === 'CMD' ? argumentFindings(words) : commandFindings(words);
    } else if (instruction instanceof Run && instruction.getHeredocs().length > 0) {
      yield* heredocFindings(file, instruction, given);
    } else yield* scriptFindings(joined(given, escape));
  }
}

function* variableFindings(file: DockerText, instruction: PropertyInstruction): Generator<Found, void> {
  for (const property of instruction.getProperties()) {
    const fault = settingFault(property.getName(), property.getValue() ?? '');
    const hasValue = property.getValue() !== null;
    if (fault === null || !hasValue) continue;
    const { start, end } = property.getRange();
    yield { ...fault, start: offsetOf(file, start), end: offsetOf(file, end) };
  }
}

function argumentsOf(file: DockerText, instruction: Instruction): Passage | null {
  const range = instruction.getArgumentsRange();
  if (range === null) return null;
  // Options of the instruction itself: `--mount=…`, `--interval=…`.
  const flags =
    instruction instanceof JSONInstruction || 'getFlags' in instruction ? flagsOf(instruction) : [];
  const last = flags.at(-1)?.getRange().end;
  const start = offsetOf(file, last === undefined || isBefore(last, range.start) ? range.start : last);
  const text = file.text.slice(start, offsetOf(file, range.end));
  const lead = text.length - text.trimStart().length;
  return Passage.at(text.trim(), start + lead);
}

function flagsOf(instruction: Instruction): readonly { getRange: () => { end: Place } }[] {
  const { getFlags } = instruction as unknown as {
    getFlags?: () => readonly { getRange: () => { end: Place } }[];
  };
  return getFlags?.call(instruction) ?? [];
}

/** A text, and where its lines begin for Docker. */
interface DockerText {
  readonly text: string;
  readonly lines: readonly number[];
}

interface Place {
  readonly line: number;
  readonly character: number;
}

function isBefore(one: Place, other: Place): boolean {
  return one.line < other.line || (one.line === other.line && one.character < other.character);
}

function offsetOf(file: DockerText, { line, character }: Place): number {
  return (file.lines[line] ?? file.text.length) + character;
}

/** `["curl", "-k"]`: JSON, or no list at all. */
function listOf(given: Passage): readonly Passage[] | null {
  if (!given.text.startsWith('[') || !given.text.endsWith(']')) return null;
  try {
    JSON.parse(given.text);
  } catch {
    return null;
  }
  const [tree] = YamlTree.of(given.text);
  if (tree?.root === undefined || tree.root === null) return null;
  return wordsOf(tree, tree.root).map(
    (word) => new Passage(word.text, (index) => given.offsetOf(word.offsetOf(index))),
  );
}

/** `RUN <<EOF`: the lines below are the script, or are given to the program on the line of it. */
function* heredocFindings(file: DockerText, run: Run, given: Passage): Generator<Found, void> {
  const [line = ''] = given.text.split('\n', 1);
  const program = line.replaceAll(/<<-?\s*(["']?)\w+\1/g, '').trim();
  if (!/^(?:(?:\S*\/)?(?:ba|da|a|k)?sh(?:\s+-\S+)*)?$/.test(program)) {
    yield* scriptFindings(given);
    return;
  }
  for (const heredoc of run.getHeredocs()) {
    const range = heredoc.getContentRange();
    if (range === null) continue;
    const start = offsetOf(file, range.start);
    yield* scriptFindings(Passage.at(file.text.slice(start, offsetOf(file, range.end)), start));
  }
}

/** A command on one line: what ends a line that goes on, and the comments between, become spaces. */
function joined(given: Passage, escape: string): Passage {
  const blank = (part: string): string => ' '.repeat(part.length);
  const isEscaped = escape === '`' ? /`[ \t]*\r?\n/g : /\\[ \t]*\r?\n/g;
  const text = given.text
    .replaceAll(/(?<=\n)[ \t]*(?:#[^\n]*)?(?:\n|$)/g, blank)
    .replaceAll(isEscaped, blank);
  return text === given.text ? given : given.with(text);
}
