import { readIdentifier } from '../names/identifier.ts';
import { matchName } from '../names/match.ts';
import type { PresentedNames } from '../names/presented.ts';
import { markPaint, placeText } from './headline.ts';
import { comparisonGrid } from './names.ts';
import { asciiName } from './spelling.ts';
import { styleOf, type StyleOptions } from './style.ts';
import { wrapAfter } from './wrap.ts';

/**
 * One name against the names of one certificate: the verdict of {@link matchName}, and the two rows *checked* and
 * *presented* of `formatPretty`.
 *
 * @returns lines ended by `\n`, without one at the very end
 */
export function formatMatch(
  reference: string,
  presented: PresentedNames,
  options: StyleOptions = {},
): string {
  const style = styleOf(options);
  const match = matchName(reference, presented);
  const paint = markPaint(match.matches ? '✓' : '✗', style);
  const verdict = match.matches
    ? `matched by ${asciiName(match.by.value)} (${placeText(match.by, presented)})`
    : typeof readIdentifier(reference) === 'string'
      ? 'matches nothing: it is no DNS name and no address'
      : 'not on the certificate';
  const lead = style.text(`${match.matches ? '✓' : '✗'} `);
  const head = wrapAfter(lead, style.text(`${asciiName(reference) || '(empty)'}  ${verdict}`), style.width);
  const lines = head.map((line, index) => (index === 0 ? paint(lead) + line.slice(lead.length) : line));
  return [...lines, '', ...comparisonGrid(reference, presented, style)].join('\n');
}
