import { findingGroups, type FindingCode } from '../diagnosis/catalogue.ts';
import { findingRules } from '../diagnosis/findings/index.ts';
import { fixLines } from './fixes.ts';
import { comparisonGrid } from './names.ts';
import { styleOf, type Style, type StyleOptions } from './style.ts';
import { padRight, wrapAfter } from './wrap.ts';
import type { Explanation } from '../explain/explanation.ts';
import { findingNotes } from '../explain/finding-notes.ts';
import type { NodeError } from '../explain/node-errors.ts';

/**
 * An explanation for people: what failed, the names side by side, what can be behind it, and what to change.
 *
 * @returns lines ended by `\n`, without one at the very end
 */
export function formatExplanation(explanation: Explanation, options: StyleOptions = {}): string {
  const style = styleOf(options);
  const { causes, fixes, notes } = explanation;
  const blocks = [
    headLines(explanation, style),
    nameLines(explanation, style),
    causes.flatMap(({ sure, code, why }) => causeLines(sure, code, why, style)),
    fixes.length === 0
      ? []
      : [`  ${fixes.length === 1 ? 'Fix' : 'Fixes'}, by the first of them`, ...fixLines(fixes, style)],
    notes.flatMap((note) => wrapAfter('  Note: ', style.text(note), style.width)),
  ];
  return joined(blocks);
}

/** What a Node error code means, and which findings it can be. */
export function formatNodeError(error: NodeError, options: StyleOptions = {}): string {
  const style = styleOf(options);
  const blocks = [
    [style.paint.strong(error.code), ...wrapAfter('  ', style.text(error.meaning), style.width)],
    error.findings.length === 0
      ? []
      : [
          '  It can be',
          ...error.findings.flatMap((code) =>
            wrapAfter(
              `    ${padRight(code, widestCode(error.findings))}  `,
              findingRules[code].title,
              style.width,
            ),
          ),
        ],
    wrapAfter(
      '  ',
      'More on each: altname explain CODE. Which one it is: altname check TARGET.',
      style.width,
    ),
  ];
  return joined(blocks);
}

/** The essence of the page of a finding: title, meaning, fixes. */
export function formatFinding(code: FindingCode, options: StyleOptions = {}): string {
  const style = styleOf(options);
  const { meaning, fixes } = findingNotes[code];
  const group = Object.entries(findingGroups).find(([, codes]) =>
    (codes as readonly string[]).includes(code),
  )?.[0];
  const blocks = [
    [style.paint.strong(code), ...wrapAfter('  ', style.text(findingRules[code].title), style.width)],
    wrapAfter('  ', style.text(meaning), style.width),
    [
      `  ${fixes.length === 1 ? 'Fix' : 'Fixes'}`,
      ...fixes.flatMap((fix, index) =>
        wrapAfter(`  ${index + 1}  ${fix.who.padEnd(6)}  `, style.text(fix.title), style.width),
      ),
    ],
    wrapAfter('  ', `Group: ${group ?? ''}. Page: docs/findings/${code}.md`, style.width),
  ];
  return joined(blocks);
}

function headLines(explanation: Explanation, style: Style): string[] {
  const { errorCode, client, nodeVersion, line, lastLine, count, message, family, alert, excerpt } =
    explanation;
  const place = line === lastLine ? `line ${line}` : `lines ${line} to ${lastLine}`;
  const parts = [
    errorCode ?? (family === 'hidden' ? 'reason left out' : 'TLS failure'),
    alert === null ? null : `alert ${alert.number} (${alert.name})`,
    client,
    nodeVersion === null ? null : `Node ${nodeVersion}`,
    count === 1 ? place : `${count} times, ${place}`,
  ].filter((part) => part !== null);
  return [
    ...wrapAfter('', style.text(parts.join(' · ')), style.width).map(style.paint.strong),
    ...wrapAfter('  ', style.text(message), style.width),
    ...(family === 'name'
      ? []
      : wrapAfter('  “', style.text(`${excerpt}”`), style.width).map((each) => style.text(each))),
  ];
}

function nameLines(
  { checked, presented, presentedComplete, asked, sent }: Explanation,
  style: Style,
): string[] {
  const shown = presented !== null && (presentedComplete || presented.dns.length + presented.ip.length > 0);
  const lines = checked !== null && shown ? comparisonGrid(checked, presented, style) : [];
  for (const [label, name] of [
    ['asked', asked],
    ['sent', sent],
  ] as const) {
    if (name !== null && name !== checked)
      lines.push(`  ${label.padEnd(9)} ${style.text('│')} ${style.text(name, 260)}`);
  }
  return lines;
}

const sureWidth = 'possible'.length;

function causeLines(sure: string, code: FindingCode, why: string, style: Style): string[] {
  const lead = `  ${padRight(sure, sureWidth)}  `;
  return [
    `${lead}${style.paint.strong(code)}`,
    ...wrapAfter(' '.repeat(lead.length), style.text(why), style.width),
  ];
}

function widestCode(codes: readonly string[]): number {
  return Math.max(...codes.map((code) => code.length));
}

function joined(blocks: readonly (readonly string[])[]): string {
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}
