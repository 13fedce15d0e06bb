import type { ServerAnswer } from '../front/own-answer.ts';
import { byName } from './answer-headers.ts';

/**
 * Sets the fields of an upstream's answer where the program around the proxy may have set some, too, or listens for them
 * (`compression`):
 *
 * | field                | what goes to the client                                        |
 * |----------------------|----------------------------------------------------------------|
 * | `Set-Cookie`, `Vary` | both: neither side may lose a cookie, or a reason to vary      |
 * | any other            | the upstream's; what the program set, where the upstream has none |
 *
 * @param headers names and values in turns
 */
export function shareHead(answer: ServerAnswer, headers: readonly string[]): void {
  const names = new Map<string, string>();
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  for (const [key, value] of Object.entries(byName(headers))) {
    const name = names.get(key) ?? key;
    const before = added.has(key) ? answer.getHeader(key) : undefined;
    if (before === undefined) answer.setHeader(name, value);
    else answer.setHeader(name, [before, value].flat().map(String));
  }
  // A length that the program meant for a body of its own.
  if (!names.has('content-length')) answer.removeHeader('content-length');
}

const added: ReadonlySet<string> = new Set(['set-cookie', 'vary']);
