import { insecureFlag, programName } from 'eslint-plugin-altname/text';
import type { Found } from '../text-file.ts';
import type { Passage } from './passage.ts';
import { scriptFindings } from './script.ts';
import { nameFault, settingFault } from './setting.ts';

/** How deep commands are looked for in words of commands. */
const deepest = 8;

/** How many of the words behind a program are its own, before those of the command that it runs. */
interface Wrapper {
  /** Options that take the next word as their value. */
  readonly withValue?: RegExp;
  /** Words that are neither options nor the command: the time of `timeout`. */
  readonly words?: number;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  sudo: { withValue: /^-(?:[ugUGhpCDRrtT]|-user|-group|-host|-prompt|-chdir)$/ },
  doas: { withValue: /^-[uC]$/ },
  env: { withValue: /^-(?:[uCS]|-unset|-chdir)$/ },
  'cross-env': {},
  exec: { withValue: /^-a$/ },
  command: {},
  builtin: {},
  nohup: {},
  time: { withValue: /^-[fo]$/ },
  nice: { withValue: /^-n$/ },
  ionice: { withValue: /^-[cnp]$/ },
  setsid: {},
  stdbuf: { withValue: /^-[ioe]$/ },
  timeout: { withValue: /^-(?:[ks]|-signal|-kill-after)$/, words: 1 },
  retry: { withValue: /^-/ },
  xargs: { withValue: /^-[aEIndLPs]$/ },
  npx: { withValue: /^-(?:p|-package)$/ },
  bunx: {},
  pnpx: {},
  gosu: { words: 1 },
  'su-exec': { words: 1 },
  'dumb-init': {},
  tini: {},
  chroot: { words: 1 },
  watch: { withValue: /^-n$/ },
};

const shells = /^(?:ba|da|z|k|a)?sh$/;

/** Programs that run others in a container or elsewhere, with variables of their own. */
const containerPrograms: ReadonlySet<string> = new Set([
  'docker',
  'podman',
  'nerdctl',
  'docker-compose',
  'kubectl',
  'oc',
]);

/**
 * What is wrong with a command.
 *
 * @param words of a simple command, its assignments first
 */
export function* commandFindings(words: readonly Passage[], depth = 0): Generator<Found, void> {
  if (depth > deepest) return;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as Passage;
    if (!isAssignment(word.text)) break;
    yield* assignmentFindings(word);
  }
  const first = words[at];
  if (first === undefined) return;
  const program = programName(first.text);
  const rest = words.slice(at + 1);
  const wrapper = Object.hasOwn(wrappers, program) ? wrappers[program] : undefined;
  if (wrapper !== undefined) {
    yield* commandFindings(rest.slice(wrapped(rest, wrapper)), depth + 1);
    return;
  }
  if (shells.test(program)) yield* shellFindings(rest, depth);
  else if (/^(?:eval|concurrently|cross-env-shell)$/.test(program)) {
    for (const word of rest) yield* scriptFindings(word, depth + 1);
  } else if (/^(?:export|declare|typeset|readonly|local)$/.test(program)) {
    for (const word of rest) if (isAssignment(word.text)) yield* assignmentFindings(word);
  } else {
    if (containerPrograms.has(program)) yield* containerFindings(rest, depth);
    else if (program === 'ssh') yield* scriptFindings(rest.at(-1), depth + 1);
    yield* flagFindings(program, rest);
  }
}

/** `NAME=value` with a value of its own, as it stands before a command, or behind `export` or `-e`. */
export function* assignmentFindings(word: Passage): Generator<Found, void> {
  const { text } = word;
  const split = text.indexOf('=');
  const fault = settingFault(text.slice(0, split), text.slice(split + 1));
  if (fault !== null) yield word.found(fault);
}

export function isAssignment(text: string): boolean {
  return /^[A-Za-z_]\w*=/.test(text);
}

/** The first word that is the command itself. */
function wrapped(words: readonly Passage[], { withValue, words: own = 0 }: Wrapper): number {
  let at = 0;
  while (at < words.length && (words[at]?.text ?? '').startsWith('-')) {
    const { text } = words[at] as Passage;
    at += withValue?.test(text) === true ? 2 : 1;
    if (text === '--') break;
  }
  return at + own;
}

/** `sh -c 'script'`. */
function* shellFindings(words: readonly Passage[], depth: number): Generator<Found, void> {
  const option = words.findIndex(({ text }) => /^-[a-z]*c[a-z]*$/.test(text));
  if (option !== -1) yield* scriptFindings(words[option + 1], depth + 1);
}

function* containerFindings(words: readonly Passage[], depth: number): Generator<Found, void> {
  for (const [index, word] of words.entries()) {
    const { text } = word;
    const next = words[index + 1];
    if (/^(?:-e|--env|--build-arg)$/.test(text) && next !== undefined && isAssignment(next.text)) {
      yield* assignmentFindings(next);
    }
    const given = /^(?:--env|--build-arg)=|^-e(?=[A-Za-z_]\w*=)/.exec(text);
    if (given !== null) yield* assignmentFindings(word.slice(given[0].length));
    // What stands behind the image, or the name of a container, is a command.
    if (text === '--') {
      yield* commandFindings(words.slice(index + 1), depth + 1);
      return;
    }
    if (index > 0 && (shells.test(programName(text)) || /^(?:curl|wget)$/.test(programName(text)))) {
      yield* commandFindings(words.slice(index), depth + 1);
      return;
    }
    if (/^(?:set|env)$/.test(text) && words[index + 1]?.text === 'env') {
      for (const each of words.slice(index + 2)) if (isAssignment(each.text)) yield* assignmentFindings(each);
    }
  }
}

function* flagFindings(program: string, words: readonly Passage[]): Generator<Found, void> {
  const texts = words.map(({ text }) => text);
  const flag = insecureFlag(program, texts);
  const first = flag === undefined ? undefined : words[flag.index];
  const last = flag === undefined ? undefined : words[flag.index + flag.length - 1];
  if (flag === undefined || first === undefined || last === undefined) return;
  if (program === 'curl' && isPlain(texts)) return;
  const { index, length, leaves, instead } = flag;
  const told = `${program} ${texts.slice(index, index + length).join(' ')}`.trim();
  const place = { start: first.start, end: last.end };
  if (leaves === 'chain') yield { ...nameFault(`${told} compares no name`), ...hintOf(instead), ...place };
  else if (dialsItself(texts)) {
    yield {
      code: 'no-disabled-verification',
      severity: 'warning',
      message: `${told} verifies nothing: whatever listens on this machine is believed.`,
      ...hintOf(
        program === 'curl' ? 'https://NAME/ with --cacert ca.pem --connect-to ::localhost:' : instead,
      ),
      ...place,
    };
  } else {
    yield {
      code: 'no-disabled-verification',
      message: `${told} verifies nothing: whoever answers is believed.`,
      ...hintOf(instead),
      ...place,
    };
  }
}

function hintOf(instead: string): { hint?: string } {
  return instead === '' ? {} : { hint: instead };
}

/** All that is dialled is this machine. */
function dialsItself(words: readonly string[]): boolean {
  const urls = words.filter((word) => /^(?:[a-z]+:\/\/|localhost\b|127\.)/i.test(word));
  const itself =
    /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])(?=[:/?#]|$)/i;
  const isSentThere = words.some(
    (word, index) =>
      /^--(?:resolve|connect-to)$/.test(words[index - 1] ?? '') &&
      /:(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)(?::\w*)?$/.test(word),
  );
  return isSentThere || (urls.length > 0 && urls.every((url) => itself.test(url)));
}

/** Nothing of it is over TLS: each URL is of http, and none is gone on from. */
function isPlain(words: readonly string[]): boolean {
  const urls = words.filter((word) => /^[a-z]+:\/\//i.test(word));
  const follows = words.some((word) => /^(?:--location(?:-trusted)?|-[A-Za-z]*L[A-Za-z]*)$/.test(word));
  return urls.length > 0 && urls.every((url) => /^http:\/\//i.test(url)) && !follows;
}

/** Arguments of a program that is not known: those of a container, whose image has its own. */
export function* argumentFindings(words: readonly Passage[]): Generator<Found, void> {
  const first = words[0]?.text ?? '';
  if (first.startsWith('-')) yield* flagFindings('', words);
  else yield* commandFindings(words);
}
