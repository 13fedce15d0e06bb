import { AltnameError } from '../error.ts';
import { keyText } from '../certificate/public-key.ts';
import { printable } from '../names/printable.ts';
import { besideCause, causeOrder, isConsequence, mayAdvise } from './cause.ts';
import type { Diagnosis, Finding, Fix, LeafSummary } from './diagnosis.ts';
import type { AppFacts, ErrorFacts, Evidence } from './evidence.ts';
import { findingRules } from './findings/index.ts';
import { otherLeaves } from './other-leaves.ts';
import type { FindingRule } from './rule.ts';
import { viewOf, type View } from './view.ts';
import { aboutSpelling, inWireNames } from './wire-name.ts';

const severities = ['error', 'warning', 'note'];
const certainties = ['certain', 'likely', 'needs-your-values'];

/** More than this and nobody reads them. */
const mostFixes = 6;

/** No sentence of ours is longer, whatever the names in it. */
const longestText = 2000;

/**
 * Decides which of the six names disagree, why, and what to change. Pure: the same evidence gives the same diagnosis.
 *
 * @throws {AltnameError} `ALTNAME_BAD_EVIDENCE` when the evidence has no attempt, or is of another version.
 */
export function diagnose(evidence: Evidence): Diagnosis {
  if (evidence.version !== 1 || evidence.attempts.length === 0) {
    throw new AltnameError(
      'ALTNAME_BAD_EVIDENCE',
      'evidence of version 1 with at least one attempt is expected',
    );
  }
  const view = viewOf(evidence);
  const judged = Object.values(findingRules).flatMap((entry) => apply(entry, view));
  const explaining = judged
    .filter(({ finding }) => finding.severity === 'error' && causeOrder.includes(finding.code))
    .toSorted((a, b) => causeOrder.indexOf(a.finding.code) - causeOrder.indexOf(b.finding.code));
  const first = explaining[0]?.finding;
  const cause = first === undefined ? null : onItsLeg(first, evidence.app);
  const found = judged.map((one) =>
    cause !== null && one.finding === first ? { ...one, finding: cause } : one,
  );
  const kept = found.filter(({ finding }) => cause === null || !isConsequence(finding.code, cause.code));
  const ordered = kept.toSorted(
    (a, b) =>
      Number(b.finding === cause) - Number(a.finding === cause) ||
      severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity) ||
      place(a.finding.code) - place(b.finding.code),
  );
  return {
    version: 1,
    target: evidence.target,
    verdict: view.verdict,
    names: evidence.names,
    cause,
    findings: ordered.map(({ finding }) => finding),
    fixes: rankFixes(
      ordered
        .filter(({ finding }) =>
          mayAdvise(finding.code, cause?.code ?? null, cause?.data['proven'] !== false),
        )
        .map(({ fixes }) => fixes),
    ),
    attempts: evidence.attempts,
    certificate: leafSummary(view),
    otherLeaves: otherLeaves(evidence),
    trust: evidence.trust,
    client: evidence.client,
    ...(evidence.app === undefined ? {} : { app: evidence.app }),
    clock: evidence.clock,
    node: { version: evidence.node.version, error: nodeError(view) },
  };
}

function apply(entry: FindingRule, view: View): { finding: Finding; fixes: Fix[] }[] {
  const data = entry.find(view);
  if (data === null) return [];
  const spelled = (text: string): string => inWireNames(text, view.evidence.names);
  const message = entry.message(data);
  const finding: Finding = {
    code: entry.code,
    severity: typeof entry.severity === 'function' ? entry.severity(data, view) : entry.severity,
    // Escaped once more: what a rule forgets must not reach a terminal either.
    message: printable(aboutSpelling.has(entry.code) ? message : spelled(message), longestText),
    docs: `docs/findings/${entry.code}.md`,
    data,
  };
  const fixes = entry.fixes(view, data).map(({ who, sure, title, code, condition }): Fix => ({
    who,
    sure,
    title: printable(spelled(title), longestText),
    code: code ?? null,
    condition: condition === undefined ? null : printable(spelled(condition), longestText),
    for: entry.code,
  }));
  return [{ finding, fixes }];
}

/** The fixes of the cause first, then those of other errors, each list in its own order, no title twice. */
function rankFixes(lists: readonly (readonly Fix[])[]): Fix[] {
  const titles = new Set<string>();
  const ranked: Fix[] = [];
  for (const list of lists) {
    for (const fix of list.toSorted((a, b) => certainties.indexOf(a.sure) - certainties.indexOf(b.sure))) {
      if (titles.has(fix.title)) continue;
      titles.add(fix.title);
      ranked.push(fix);
    }
  }
  return ranked.slice(0, mostFixes);
}

/** With a proxy on the way a program makes two connections, one inside the other: which of them failed is said. */
function onItsLeg(finding: Finding, app: AppFacts | undefined): Finding {
  if (app === undefined || app.leg === 'direct') return finding;
  const leg = app.leg === 'proxy' ? 'to the proxy itself' : 'through the proxy';
  return {
    ...finding,
    message: printable(finding.message.replace(/\.?$/, `; this is the connection ${leg}.`), longestText),
  };
}

function place(code: Finding['code']): number {
  if (besideCause.includes(code)) return -1;
  const at = causeOrder.indexOf(code);
  return at === -1 ? causeOrder.length : at;
}

function leafSummary(view: View): LeafSummary | null {
  const { leaf } = view;
  if (leaf === null) return null;
  const end = leaf.notAfter === null ? null : Date.parse(leaf.notAfter);
  return {
    subject: leaf.subject.text,
    issuer: leaf.issuer.text,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    daysLeft: end === null ? null : Math.floor((end - view.now) / 86_400_000),
    sha256: leaf.fingerprints.sha256,
    key: keyText(leaf.key),
    trusted: view.chainError === null,
  };
}

/** The error the user's Node gives: the chain is judged first, the name second. */
function nodeError(view: View): ErrorFacts | null {
  const { outcome } = view.own;
  if (outcome.kind === 'handshake') return outcome.chainError ?? outcome.nameError;
  return 'error' in outcome ? (outcome.error ?? null) : null;
}
