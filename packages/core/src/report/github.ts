import type { Diagnosis, Finding, Fix, Severity } from '../diagnosis/diagnosis.ts';
import { printable } from '../names/printable.ts';
import { callSiteOf, sourcePlaceOf } from './call.ts';
import { certaintyText } from './fixes.ts';
import { endpointOf, sentenceOf } from './headline.ts';

/**
 * A diagnosis as workflow commands of GitHub Actions, one a line for each finding: `::error title=CODE::message`.
 * The first fix of a finding stands on a second line of its message. The place in a program that made the connection is
 * where GitHub marks it.
 *
 * @returns the empty string when there is nothing to say
 */
export function formatGithub(diagnosis: Diagnosis): string {
  const endpoint = endpointOf(diagnosis);
  const place = placeOf(diagnosis);
  const commands = diagnosis.findings.map((finding) => {
    const fix = diagnosis.fixes.find((each) => each.for === finding.code);
    return command(
      commandOf[finding.severity],
      finding.code,
      place,
      `${endpoint}: ${printable(finding.message, 1000)}`,
      fix,
    );
  });
  if (commands.length === 0 && diagnosis.verdict !== 'accepted') {
    commands.push(command('error', diagnosis.verdict, place, `${endpoint}: ${sentenceOf(diagnosis)}`));
  }
  return commands.join('\n');
}

const commandOf: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

function command(
  name: string,
  title: Finding['code'] | Diagnosis['verdict'],
  place: Place,
  message: string,
  fix?: Fix,
): string {
  const lines = [message];
  if (fix !== undefined) {
    const condition = fix.condition === null ? '' : ` (${printable(fix.condition, 600)})`;
    lines.push(`Fix (${fix.who}, ${certaintyText[fix.sure]}): ${printable(fix.title, 600)}${condition}`);
  }
  if (place.inText !== null) lines.push(`Called at ${place.inText}`);
  return `::${name} title=${escapeProperty(title)}${place.properties}::${escapeData(lines.join('\n'))}`;
}

interface Place {
  /** `,file=src/pay.ts,line=42,col=18`, or empty. */
  readonly properties: string;
  /** For the message; null when GitHub marks it itself. */
  readonly inText: string | null;
}

/** GitHub marks files of the repository only: a path from the working directory on. */
function placeOf(diagnosis: Diagnosis): Place {
  const place = sourcePlaceOf(diagnosis);
  if (place === null || /^(?:[/\\]|[a-z]:|\.\.|\w+:)/i.test(place.file)) {
    return { properties: '', inText: callSiteOf(diagnosis) };
  }
  const { file, line, column } = place;
  return { properties: `,file=${escapeProperty(file)},line=${line},col=${column}`, inText: null };
}

/** The value of a property of a workflow command. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The message of a workflow command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
