import {
  FailureReader,
  explainText,
  findNodeError,
  findingGroups,
  formatExplanation,
  formatFinding,
  formatNodeError,
  findingNotes,
  nodeErrors,
  printable,
  type Explanation,
  type FindingCode,
  type NodeError,
  type StyleOptions,
  jsonText,
} from '@altname/core';
import { Arguments } from '../arguments.ts';
import { styleFlags } from '../check/flags.ts';
import { didYouMean } from '../did-you-mean.ts';
import { readLines } from '../lines.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** A text up to this size is read as a whole, so that lines a terminal broke can be put together; in UTF-16 units. */
const wholeText = 256 * 1024;
/** A longer line is cut; in UTF-16 units. */
const longestLine = 1024 * 1024;

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, styleFlags);
  const style: StyleOptions = {
    color: terminal.color(given.has('no-color')),
    ascii: given.has('ascii'),
    all: given.has('all'),
    width: terminal.width,
  };
  const text = given.words.join(' ').trim();
  const json = given.has('json');
  if (text !== '' && text !== '-') {
    const code = findCode(text);
    if (code !== null) {
      await terminal.print(json ? jsonOfCode(code) : formatCode(code, style));
      return 0;
    }
    if (/^[\w/-]{3,80}$/.test(text)) throw new UsageError(unknownCode(text), 'altname help explain');
    return report(explainText(text), 0, `in the text that was given`, json, style, terminal);
  }
  if (text === '' && process.stdin.isTTY) {
    throw new UsageError(
      'a code or an error text is expected, or a log on standard input',
      'altname help explain',
    );
  }
  const { explanations, lines, uncounted } = await readStandardInput();
  if (lines === 0)
    throw new UsageError(
      'standard input is empty; an error text or a log is expected',
      'altname help explain',
    );
  return report(
    explanations,
    uncounted,
    `in ${lines} ${lines === 1 ? 'line' : 'lines'}`,
    json,
    style,
    terminal,
  );
}

async function report(
  explanations: readonly Explanation[],
  uncounted: number,
  where: string,
  json: boolean,
  style: StyleOptions,
  terminal: Terminal,
): Promise<number> {
  if (json) await terminal.print(jsonText({ version: 1, explanations, uncounted }));
  else {
    for (const [index, explanation] of explanations.entries()) {
      await terminal.print(`${index === 0 ? '' : '\n'}${formatExplanation(explanation, style)}`);
    }
  }
  if (explanations.length === 0) terminal.say(`no TLS failure was found ${where}`);
  if (uncounted > 0) terminal.say(`${uncounted} failures more, of other kinds, are left out`);
  return explanations.length === 0 ? 1 : 0;
}

async function readStandardInput(): Promise<{
  explanations: Explanation[];
  lines: number;
  uncounted: number;
}> {
  const reader = new FailureReader();
  let small: string[] | null = [];
  let size = 0;
  for await (const { text } of readLines(process.stdin, longestLine)) {
    size += text.length + 1;
    if (size > wholeText) small = null;
    small?.push(text);
    reader.push(text);
  }
  const explanations = small === null ? reader.end() : explainText(small.join('\n'));
  return { explanations, lines: reader.lines, uncounted: small === null ? reader.uncounted : 0 };
}

type Code = { readonly finding: FindingCode } | { readonly error: NodeError };

function findCode(text: string): Code | null {
  const finding = findingCodes.find((code) => code === text.toLowerCase());
  if (finding !== undefined) return { finding };
  const error = /\s/.test(text) ? null : findNodeError(text);
  return error === null ? null : { error };
}

const findingCodes: readonly FindingCode[] = Object.values(findingGroups).flat();

function formatCode(code: Code, style: StyleOptions): string {
  return 'finding' in code ? formatFinding(code.finding, style) : formatNodeError(code.error, style);
}

function jsonOfCode(code: Code): string {
  if ('error' in code) {
    const { code: name, family, meaning, findings } = code.error;
    return jsonText({ version: 1, code: name, family, meaning, findings });
  }
  return jsonText({
    version: 1,
    code: code.finding,
    ...findingNotes[code.finding],
    docs: `docs/findings/${code.finding}.md`,
  });
}

function unknownCode(text: string): string {
  const known = [...findingCodes, ...nodeErrors.map(({ code }) => code)];
  const written = /[A-Z_]/.test(text) ? text.toUpperCase() : text;
  return `"${printable(text)}" is no code that is known here: a finding code, an error code of Node, or an error text is expected${didYouMean(written, known)}`;
}

export const help = `Explains a code, an error text, or the TLS failures in a log; asks nobody.

Usage:
    altname explain wildcard-depth
        what a finding of altname means, and what puts it right

    altname explain UNABLE_TO_VERIFY_LEAF_SIGNATURE
        what an error code of Node means, and which findings it can be

    altname explain "Host: localhost. is not in the cert's altnames: DNS:a.test"
        finds the names in a pasted error, and what can be behind it

    altname explain < app.log
        every TLS failure of a log, equal ones counted together

Errors inside JSON, nested causes and inspected errors are found, and so are
those of client libraries that leave the reason out.

Options:
    --json       one object
    --all        every name of a certificate, not the 3 nearest
    --ascii      ASCII characters only
    --no-color   no colour

Exit codes: 0 explained, 1 nothing to explain was found, 2 usage.
`;
