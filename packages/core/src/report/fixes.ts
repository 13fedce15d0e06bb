import type { Certainty, Fix } from '../diagnosis/diagnosis.ts';
import { printable } from '../names/printable.ts';
import type { Style } from './style.ts';
import { columns, padRight, wrap, wrapAfter } from './wrap.ts';

/** How sure a fix is, in words. */
export const certaintyText: Readonly<Record<Certainty, string>> = {
  certain: 'certain',
  likely: 'likely',
  'needs-your-values': 'needs your values',
};

/**
 * The fixes, best first: number, who acts, title, how sure; the condition and the code below, indented.
 *
 *     1  issuer  add *.eu.example.com to the certificate                   certain
 *                  certbot …
 */
export function fixLines(fixes: readonly Fix[], style: Style): string[] {
  return fixes.flatMap((fix, index) => {
    const lead = `  ${padRight(String(index + 1), 2)} ${fix.who.padEnd(6)}  `;
    const inner = ' '.repeat(columns(lead));
    const sure = certaintyText[fix.sure];
    const room = style.width - columns(lead);
    const [first = '', ...rest] = wrap(style.text(fix.title, 600), room - sure.length - 2);
    const paintSure = fix.sure === 'certain' ? style.paint.good : style.paint.faint;
    const lines = [
      `${lead}${style.paint.strong(first)}${' '.repeat(room - columns(first) - sure.length)}${paintSure(sure)}`,
      ...rest.map((line) => inner + style.paint.strong(line)),
    ];
    const condition = fix.condition === null ? [] : [`(${printable(fix.condition, 600)})`];
    lines.push(...condition.flatMap((each) => wrapAfter(inner, style.text(each), style.width)));
    // A line of code is never broken: it has to survive copying.
    for (const line of codeLines(fix.code)) lines.push(`${inner}  ${style.text(line, 2000)}`.trimEnd());
    return lines;
  });
}

function codeLines(code: string | null): string[] {
  return code === null ? [] : code.trimEnd().replaceAll('\t', '  ').split(/\r?\n/);
}
