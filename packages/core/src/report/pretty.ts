import type { Diagnosis, Finding, Severity } from '../diagnosis/diagnosis.ts';
import type { Paint } from './color.ts';
import { attemptLines } from './attempts.ts';
import { callParts, isHidden } from './call.ts';
import { factsOf } from './facts.ts';
import { fixLines } from './fixes.ts';
import { endpointOf, mainFinding, markOf, markPaint, sentenceOf, verdictText } from './headline.ts';
import { hidesNames, namesGrid } from './names.ts';
import { styleOf, type Style, type StyleOptions } from './style.ts';
import { padRight, wrapAfter, wrapParts } from './wrap.ts';

/**
 * The report for people: verdict, the six names, certificate, attempts, contributing findings and fixes.
 *
 * Everything stands in words, so that it can be read without colour, in ASCII or aloud. No line is wider than `width`,
 * but for code, which is never broken. Text from the network is escaped.
 *
 * @returns lines ended by `\n`, without one at the very end
 */
export function formatPretty(diagnosis: Diagnosis, options: StyleOptions = {}): string {
  const style = styleOf(options);
  const blocks = [
    headLines(diagnosis, style),
    namesGrid(diagnosis.names, presentedElsewhere(diagnosis), style),
    factLines(diagnosis, style),
    alsoLines(diagnosis, style),
    fixBlock(diagnosis, style),
    moreLines(diagnosis, style),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

function headLines(diagnosis: Diagnosis, style: Style): string[] {
  const mark = markOf(diagnosis);
  const paint = markPaint(mark, style);
  const head = style.text(`${endpointOf(diagnosis)}  ${verdictText(diagnosis)}`);
  const separator = style.text(' · ');
  const lines = wrapParts('', head.split(separator), separator, style.width - 2).map(
    (line, index) => `${index === 0 ? paint(style.text(mark)) : ' '} ${style.paint.strong(line)}`,
  );
  if (diagnosis.verdict !== 'accepted' || mainFinding(diagnosis) !== null) {
    lines.push(...wrapAfter('  ', style.text(sentenceOf(diagnosis)), style.width));
  }
  return [...lines, ...labelled('called', callParts(diagnosis), style)];
}

/** `  label        one · another`; nothing when there are no parts. */
function labelled(label: string, parts: readonly string[], style: Style): string[] {
  if (parts.length === 0) return [];
  return wrapParts(
    `  ${padRight(label, factLabel)}  `,
    parts.map((part) => style.text(part)),
    style.text(' · '),
    style.width,
  );
}

function presentedElsewhere({ names, attempts }: Diagnosis): boolean {
  return names.presented !== null && attempts[0]?.outcome.kind !== 'handshake';
}

const factLabel = 'tried again'.length;

function factLines(diagnosis: Diagnosis, style: Style): string[] {
  const lines = factsOf(diagnosis).flatMap(({ label, parts }) => labelled(label, parts, style));
  for (const [index, text] of attemptLines(diagnosis).entries()) {
    const label = padRight(index === 0 ? 'tried again' : '', factLabel);
    lines.push(...wrapAfter(`  ${label}  `, style.text(text), style.width));
  }
  return lines;
}

function alsoLines(diagnosis: Diagnosis, style: Style): string[] {
  const main = mainFinding(diagnosis);
  const others = diagnosis.findings.filter((finding) => finding !== main && finding.code !== main?.code);
  if (others.length === 0) return [];
  return ['  Also found', ...others.flatMap((finding) => findingLines(finding, style))];
}

function findingLines({ severity, code, message }: Finding, style: Style): string[] {
  const lead = style.text(`  ${severityText[severity]}`);
  const [first = '', ...rest] = wrapAfter(lead, style.text(`${code}: ${message}`), style.width);
  const paint = severityPaint(severity, style);
  return [paint(lead) + first.slice(lead.length), ...rest];
}

const severityText: Readonly<Record<Severity, string>> = {
  error: '✗  error    ',
  warning: '!  warning  ',
  note: '-  note     ',
};

function fixBlock(diagnosis: Diagnosis, style: Style): string[] {
  const { fixes, client, verdict, certificate } = diagnosis;
  if (fixes.length === 0) return [];
  const title = fixes.length === 1 ? 'Fix' : 'Fixes, most likely first';
  const lines = [
    ...wrapAfter(
      '  ',
      `${title}${client === null ? '' : ` (code for ${style.text(client, 40)})`}`,
      style.width,
    ),
    ...fixLines(fixes, style),
  ];
  if (verdict === 'refused' && certificate !== null) {
    const sentence = isHidden(diagnosis)
      ? 'not a fix: leaving verification off. The peer can be anyone.'
      : 'not a fix: turning verification off. The peer could then be anyone.';
    lines.push(...wrapAfter(style.text('  ✗  '), sentence, style.width));
  }
  return lines;
}

function moreLines(diagnosis: Diagnosis, style: Style): string[] {
  const finding = mainFinding(diagnosis);
  if (finding === null) return [];
  const parts = [`Why: altname explain ${finding.code}`];
  // A program that was watched was not started with the options of `altname check`.
  if (diagnosis.app === undefined) {
    if (!style.all && hidesNames(diagnosis.names)) parts.push('all names: --all');
    parts.push('data: --json');
  }
  return wrapParts('  ', parts, style.text(' · '), style.width).map(style.paint.faint);
}

function severityPaint(severity: Severity, { paint }: Style): Paint {
  if (severity === 'error') return paint.bad;
  return severity === 'warning' ? paint.warn : paint.faint;
}
