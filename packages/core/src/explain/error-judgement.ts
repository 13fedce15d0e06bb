import { isConsequence, mayAdvise } from '../diagnosis/cause.ts';
import type { FindingCode } from '../diagnosis/catalogue.ts';
import { clientProfiles } from '../diagnosis/clients/index.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Diagnosis, Finding, FindingData, Fix, Severity } from '../diagnosis/diagnosis.ts';
import type { Evidence } from '../diagnosis/evidence.ts';
import { findingRules } from '../diagnosis/findings/index.ts';
import { viewOf } from '../diagnosis/view.ts';
import { printable } from '../names/printable.ts';
import type { ErrorEvidence } from './error-evidence.ts';
import type { ErrorFailure } from './error-failure.ts';
import type { Explanation, PossibleCause } from './explanation.ts';
import { notedFixes } from './name-causes.ts';

/**
 * The diagnosis of a failure that was found in an error: what the rules of the catalogue say of its evidence, and what
 * is said of the same failure as a text, each where it knows better.
 */
export function judgeError(
  failure: ErrorFailure,
  evidence: ErrorEvidence,
  explanation: Explanation,
): Diagnosis {
  const judged = diagnose(evidence.assumed);
  const better = wordsKnowBetter(judged, explanation, evidence.known, failure);
  const chosen = better ? withCause(judged, explanation, evidence) : judged;
  return asKnown(withDoubts(chosen, explanation, evidence), evidence);
}

/** Causes that a name which was checked gives away, whatever is on the certificate. */
const aboutTheQuestion: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'sni-not-normal',
  'node-version-hazard',
  'sni-from-host-header',
  'checked-defaulted-to-localhost',
]);

/** Causes whose sentence names the host and the port. */
const aboutThePlace: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'reset',
  'not-tls',
  'starttls-needed',
  'timeout',
  'refused',
]);

/**
 * Which of the two knows better: the rules, which read evidence, or the words, which need none.
 *
 * | failure                                            | cause                                           |
 * |----------------------------------------------------|-------------------------------------------------|
 * | a name, all presented names known                  | the rules'; the words' where the question was wrong |
 * | a name, presented names not or not all known       | the words'                                      |
 * | a chain: no error brings its certificates          | the words', unless they say no more than `possible` |
 * | an alert, another protocol, a closed connection    | the rules'; the words' where place or server name would have to be known |
 */
function wordsKnowBetter(
  judged: Diagnosis,
  { causes }: Explanation,
  known: Evidence,
  { incident, chain }: ErrorFailure,
): boolean {
  const [first] = causes;
  const own = judged.cause?.code ?? null;
  if (first === undefined) return false;
  const { asked, checked, dialled } = known.names;
  if (own !== null && aboutThePlace.has(own)) {
    return own === 'timeout' || dialled.host === '' || dialled.port === 0;
  }
  if (first.code === own) return false;
  if (incident.family !== 'name') {
    return first.sure !== 'possible' && (own === null || saysLittle.has(own));
  }
  if (own === null || (chain.length === 0 && !incident.presentedComplete)) return true;
  const wrong = aboutTheQuestion.has(first.code) && first.sure !== 'possible';
  return wrong && (first.sure === 'certain' || isElsewhere(asked.value, checked.value));
}

function isElsewhere(asked: string | null, checked: string | null): boolean {
  return asked !== null && asked !== checked;
}

/**
 * The diagnosis with what else is likely and only the caller knows: whether localhost was meant, whether a server name
 * was given. Each as a note, in words that say so.
 */
function withDoubts(
  diagnosis: Diagnosis,
  explanation: Explanation,
  { assumed, known }: ErrorEvidence,
): Diagnosis {
  const doubts = explanation.causes.filter(
    ({ code, sure }) =>
      sure === 'likely' &&
      (code === 'sni-not-sent' || (aboutTheQuestion.has(code) && known.names.asked.value === null)) &&
      !diagnosis.findings.some((finding) => finding.code === code),
  );
  const silent = doubts.some(({ code }) => code === 'sni-not-sent');
  const name = known.names.asked.value;
  const drafts = !silent || name === null ? [] : ruleFixes('sni-not-sent', assumed, { name, trusted: false });
  return {
    ...diagnosis,
    findings: [...diagnosis.findings, ...doubts.map((doubt) => findingOf(doubt, 'note', doubt.why))],
    fixes: [...diagnosis.fixes, ...drafts],
  };
}

/** The diagnosis with the first cause of the explanation, and of its other findings those that do not follow from it. */
function withCause(judged: Diagnosis, explanation: Explanation, { assumed }: ErrorEvidence): Diagnosis {
  const first = explanation.causes[0] as PossibleCause;
  const certain = first.sure === 'certain' && first.why !== '';
  const cause = findingOf(first, 'error', certain ? first.why : messageOf(explanation));
  const leftOut = (code: FindingCode): boolean =>
    code === first.code || saysLittle.has(code) || aboutThePlace.has(code);
  const others = judged.findings.filter(({ code }) => !leftOut(code) && !isConsequence(code, first.code));
  const rest = judged.fixes.filter((fix) => !leftOut(fix.for) && mayAdvise(fix.for, first.code));
  return {
    ...judged,
    cause,
    findings: [cause, ...others],
    fixes: [...fixesOf(first, explanation, assumed), ...rest],
  };
}

function findingOf({ code }: PossibleCause, severity: Severity, message: string): Finding {
  return { code, severity, message: printable(message, 2000), docs: `docs/findings/${code}.md`, data: {} };
}

/** What the rules say where they know too little. */
const saysLittle: ReadonlySet<FindingCode> = new Set<FindingCode>(['chain-not-accepted', 'handshake-failed']);

function messageOf({ family, causes, message }: Explanation): string {
  return family === 'name' ? (causes[0]?.why ?? message) : message;
}

function fixesOf(first: PossibleCause, { fixes }: Explanation, assumed: Evidence): readonly Fix[] {
  // These rest on the client and its names alone, not on a certificate that nobody has.
  if (first.code !== 'self-signed' && first.code !== 'issuer-unknown') {
    const byClient = fixes.some(({ who }) => who === 'client');
    return byClient ? fixes : [...fixes, ...notedFixes(first.code).filter(({ who }) => who === 'client')];
  }
  return ruleFixes(first.code, assumed, { sameNameGiven: false });
}

/** The fixes of a rule that could not find what it looks for, for lack of a certificate. */
function ruleFixes(code: FindingCode, assumed: Evidence, data: FindingData): Fix[] {
  return findingRules[code].fixes(viewOf(assumed), data).map(({ who, sure, title, ...rest }) => ({
    ...{ who, sure, title, code: rest.code ?? null, condition: rest.condition ?? null, for: code },
  }));
}

/** The diagnosis without what was only assumed for the sake of the rules. */
function asKnown(diagnosis: Diagnosis, { known }: ErrorEvidence): Diagnosis {
  const { names, attempts, target, app } = known;
  const hasLeaf = Object.keys(known.certificates).length > 0;
  return {
    ...diagnosis,
    ...{ target, names, attempts },
    ...(app === undefined ? {} : { app }),
    findings: diagnosis.findings.map((finding) => hedged(finding, known)),
    fixes: diagnosis.fixes.map((fix) => withPlaceLeftOpen(fix, known)),
    certificate: hasLeaf ? diagnosis.certificate : null,
  };
}

/** No error says what was sent: what a client does when it is told nothing is no more than likely. */
function hedged(finding: Finding, { names, client }: Evidence): Finding {
  if (finding.code !== 'sni-not-sent' || names.sent.value !== null || client === null) return finding;
  const message = `${clientProfiles[client].title} sends no server name (SNI) unless it is given one; if it was given none, the server presented its default certificate.`;
  return { ...finding, message };
}

/** Code with a place in it that the error does not say is the user's to complete. */
function withPlaceLeftOpen(fix: Fix, { names: { dialled } }: Evidence): Fix {
  if (fix.code === null || fix.who !== 'client' || fix.code.startsWith('NODE_EXTRA_CA_CERTS=')) return fix;
  const missing = [...(dialled.host === '' ? ['host'] : []), ...(dialled.port === 0 ? ['port'] : [])];
  if (missing.length === 0) return fix;
  const fill = `put in your own ${missing.join(' and ')}: the error does not say ${missing.length > 1 ? 'them' : 'it'}`;
  const condition = fix.condition === null ? fill : `${fix.condition}; ${fill}`;
  return { ...fix, sure: 'needs-your-values', condition };
}
