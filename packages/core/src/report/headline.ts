import type { Diagnosis, Finding } from '../diagnosis/diagnosis.ts';
import { matchName } from '../names/match.ts';
import type { PresentedIdentifier, PresentedNames } from '../names/presented.ts';
import { printable } from '../names/printable.ts';
import { daysLeftText, msText } from './facts.ts';
import { protocolText } from './outcome.ts';
import { isHidden } from './call.ts';
import type { Paint } from './color.ts';
import { asciiName, count } from './spelling.ts';
import type { Style } from './style.ts';

/** The sign in front of a verdict: fine, fine with a warning, wrong, could not be asked. */
export type Mark = '✓' | '!' | '✗' | '?';

/** The sign of a diagnosis. Every report says the same in words too. */
export function markOf(diagnosis: Diagnosis): Mark {
  if (diagnosis.verdict === 'unreachable') return '?';
  if (diagnosis.verdict === 'refused' || diagnosis.findings.some(({ severity }) => severity === 'error')) {
    return '✗';
  }
  return mainFinding(diagnosis) === null ? '✓' : '!';
}

/** The colour of a sign. */
export function markPaint(mark: Mark, { paint }: Style): Paint {
  if (mark === '✓') return paint.good;
  return mark === '✗' ? paint.bad : paint.warn;
}

/** What was asked for as `host:port` or `[address]:port`: one word, safe to print. */
export function endpointOf(diagnosis: Diagnosis): string {
  const { asked, dialled } = diagnosis.names;
  if (asked.value === null) return oneWord(diagnosis.target);
  const host = asciiName(asked.value);
  // With `--connect` the port that was dialled is not the one that was asked for.
  const port = dialled.from === 'connect-option' ? askedPort(diagnosis.target) : dialled.port;
  const name = host.includes(':') ? `[${host}]` : host;
  return oneWord(port === null || port === 0 ? name : `${name}:${port}`);
}

/** The finding to speak of first: the cause, else the first that is more than a note; null when all is well. */
export function mainFinding(diagnosis: Diagnosis): Finding | null {
  return diagnosis.cause ?? diagnosis.findings.find(({ severity }) => severity !== 'note') ?? null;
}

/** The verdict and its reason in words: `refused: wildcard-depth`, `accepted: matched by *.example.com`. */
export function verdictText(diagnosis: Diagnosis): string {
  const finding = mainFinding(diagnosis);
  if (finding !== null)
    return `${isHidden(diagnosis) ? 'would be ' : ''}${diagnosis.verdict}: ${finding.code}`;
  return diagnosis.verdict === 'accepted' ? `accepted: ${acceptedText(diagnosis)}` : diagnosis.verdict;
}

/** The shortest true sentence about a diagnosis, safe to print. */
export function sentenceOf(diagnosis: Diagnosis): string {
  const finding = mainFinding(diagnosis);
  if (finding !== null) return printable(finding.message, 1000);
  if (diagnosis.verdict === 'accepted') return acceptedText(diagnosis);
  const { error } = diagnosis.node;
  return error === null ? 'no reason is known' : printable(error.message, 1000);
}

/** `matched by *.example.com (DNS name 2 of 2) · 61 days left · TLS 1.3 · 38 ms` */
function acceptedText(diagnosis: Diagnosis): string {
  const { checked, presented } = diagnosis.names;
  const parts: string[] = [];
  if (checked.value !== null && presented !== null) {
    const match = matchName(checked.value, presented);
    const place = match.matches ? placeText(match.by, presented) : '';
    if (match.matches) parts.push(`matched by ${asciiName(match.by.value)} (${place})`);
  }
  if (diagnosis.certificate !== null) parts.push(daysLeftText(diagnosis.certificate, diagnosis.clock));
  const attempt = diagnosis.attempts[0];
  if (attempt?.outcome.kind === 'handshake') parts.push(protocolText(attempt.outcome.protocol));
  if (attempt !== undefined) parts.push(msText(attempt.ms));
  return parts.filter((part) => part !== '').join(' · ');
}

/** Where on the certificate a name stands: `DNS name 2 of 2`. */
export function placeText({ kind, index }: PresentedIdentifier, presented: PresentedNames): string {
  const total = kind === 'dns' ? presented.dns.length : presented.ip.length;
  return `${kind === 'dns' ? 'DNS name' : 'address'} ${count(index + 1)} of ${count(total)}`;
}

/** The port that a target names, or that its scheme implies; null when it says none. */
function askedPort(target: string): string | null {
  const [, scheme, rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(target) ?? [];
  const port = /:(\d{1,5})(?=$|[/?#])/.exec(rest)?.[1];
  return port ?? (scheme === undefined || scheme === 'https' || scheme === 'wss' ? '443' : null);
}

function oneWord(text: string): string {
  return printable(text).replace(/\s/g, '\\x20') || '-';
}
