import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { callSiteOf } from './call.ts';
import { endpointOf, mainFinding, markOf, markPaint, sentenceOf } from './headline.ts';
import { styleOf, type StyleOptions } from './style.ts';
import { padRight } from './wrap.ts';

/**
 * One line: `mark target CODE sentence`. Mark, target and code hold no space, so that `grep`, `sort` and `awk` find
 * them; they are padded, so that a list of lines reads as columns. Without a finding the code is the verdict. The place
 * in a program that made the connection stands at the end, in parentheses.
 */
export function formatLine(
  diagnosis: Diagnosis,
  options: Pick<StyleOptions, 'color' | 'ascii'> = {},
): string {
  const style = styleOf(options);
  const mark = markOf(diagnosis);
  const target = padRight(style.text(endpointOf(diagnosis)), 30);
  const code = padRight(mainFinding(diagnosis)?.code ?? diagnosis.verdict, 22);
  const place = callSiteOf(diagnosis);
  const sentence = style.text(`${sentenceOf(diagnosis)}${place === null ? '' : ` (${place})`}`);
  return `${markPaint(mark, style)(style.text(mark))} ${target}  ${code}  ${sentence}`.trimEnd();
}
