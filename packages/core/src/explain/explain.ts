import type { Explanation } from './explanation.ts';
import { FailureReader } from './failure-reader.ts';

/**
 * Finds every TLS failure in a text, such as a pasted error or a log, and explains it without asking anybody.
 *
 * It knows the words of Node 10 to 26, with and without the code, inside nested causes, JSON logs and inspected
 * errors, and those of client libraries that leave the reason out. Pure, and linear in the text. For a log that is
 * better not held in memory use {@link FailureReader}, line by line.
 *
 * @returns one explanation for each kind of failure, equal ones counted together, in the order of their first place;
 * empty when the text has none. Connections that failed before TLS are only told when there is nothing else.
 */
export function explainText(text: string): Explanation[] {
  const found = readLines(text.split(/\r\n|\r|\n/));
  if (
    text.length > longestPaste ||
    found.some(({ family, checked }) => family !== 'name' || checked !== null)
  ) {
    return found;
  }
  // A terminal that broke the words themselves: the same text once more, as one line.
  const joined = readLines([text.replace(/\s+/g, ' ')]);
  return joined.some(({ checked }) => checked !== null) || found.length === 0 ? joined : found;
}

const longestPaste = 64 * 1024;

function readLines(lines: readonly string[]): Explanation[] {
  const reader = new FailureReader();
  for (const line of lines) reader.push(line);
  return reader.end();
}
