import type { Diagnosis, LeafSummary } from '../diagnosis/diagnosis.ts';
import type { TrustStore } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';
import { isHidden } from './call.ts';
import { outcomeText, reachesServer } from './outcome.ts';
import { addressAndPort, counted } from './spelling.ts';

/** One line of facts: its label, and its parts. */
export interface Fact {
  readonly label: string;
  readonly parts: readonly string[];
}

/** The facts about the client's own attempt: certificate, what was reached, and what Node said. */
export function factsOf(diagnosis: Diagnosis): Fact[] {
  const facts: Fact[] = [];
  const { certificate, attempts, node } = diagnosis;
  if (certificate !== null)
    facts.push({ label: 'certificate', parts: certificateParts(certificate, diagnosis.clock) });
  const attempt = attempts[0];
  if (attempt !== undefined) {
    const { outcome, address, port } = attempt;
    const somewhere = port === 0 ? '' : `port ${port}`;
    const where = address === null ? somewhere : addressAndPort(address, port);
    const parts = [where, ...outcomeText(outcome)];
    if (outcome.kind === 'handshake') parts.push(trustText(diagnosis, outcome.chainError?.code ?? null));
    // An error says neither in which protocol, nor how long it took.
    if (attempt.ms > 0 || diagnosis.trust.used.length > 0) parts.push(msText(attempt.ms));
    facts.push({
      label: reachesServer(outcome) ? 'reached' : 'tried',
      parts: parts.filter((part) => part !== ''),
    });
  }
  if (node.error !== null) {
    const said = node.error.code ?? printable(node.error.message, 200);
    const version = printable(node.version.replace(/^v/, ''), 40);
    facts.push(
      isHidden(diagnosis)
        ? { label: 'hidden', parts: [`${printable(said, 200)}, which Node ${version} would say`] }
        : { label: 'error', parts: [`${printable(said, 200)} from Node ${version}`] },
    );
  }
  return facts;
}

/** `61 days left`, `expired 3 days ago`, or what else is wrong with the time at `clock`. */
export function daysLeftText({ daysLeft, notAfter, notBefore }: LeafSummary, clock: string): string {
  if (notAfter === null || daysLeft === null) return 'its end date cannot be read';
  const now = Date.parse(clock);
  if (Date.parse(notAfter) < now) {
    const days = Math.floor((now - Date.parse(notAfter)) / 86_400_000);
    return `expired ${days < 1 ? 'less than a day' : counted(days, 'day')} ago (${day(notAfter)})`;
  }
  if (notBefore !== null && Date.parse(notBefore) > now) return `not valid before ${day(notBefore)}`;
  return daysLeft < 1 ? 'less than a day left' : `${counted(daysLeft, 'day')} left`;
}

/** Whole milliseconds. */
export function msText(ms: number): string {
  return ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`;
}

/** The first and last octets of a fingerprint. */
export function shortFingerprint(sha256: string): string {
  const shown = printable(sha256, 80);
  return shown.length <= 14 ? shown : `${shown.slice(0, 8)}…${shown.slice(-4)}`;
}

function certificateParts(leaf: LeafSummary, clock: string): string[] {
  return [
    subjectText(leaf.subject),
    leaf.subject === leaf.issuer ? 'issued by itself' : `issued by ${issuerText(leaf.issuer)}`,
    daysLeftText(leaf, clock),
    printable(leaf.key, 60),
    `sha256 ${shortFingerprint(leaf.sha256)}`,
  ];
}

/** The common name of a distinguished name in RFC 4514 text, or all of it. */
function subjectText(subject: string): string {
  const name = attribute(subject, 'CN');
  return printable(name === null ? subject : `CN=${name}`, 200) || '(no subject)';
}

/** `R11 (Let's Encrypt)` */
function issuerText(issuer: string): string {
  const [name, organization] = [attribute(issuer, 'CN'), attribute(issuer, 'O')];
  if (name === null) return printable(issuer, 200) || '(no name)';
  return printable(organization === null || organization === name ? name : `${name} (${organization})`, 200);
}

/** The first value of an attribute type; from the start on, so that an escaped comma begins no attribute. */
function attribute(name: string, type: string): string | null {
  for (const [, each, value] of name.matchAll(/(?:^|, )([^=,]+)=((?:\\.|[^\\,])*)/gsy)) {
    if (each === type) return (value ?? '').replace(/\\(.)/gs, '$1');
  }
  return null;
}

function trustText({ certificate, trust }: Diagnosis, chainError: string | null): string {
  const trusted = certificate?.trusted ?? chainError === null;
  if (trust.used.length === 0) return trusted ? 'chain trusted' : `chain not trusted${codeText(chainError)}`;
  if (trusted) return `chain trusted (${storeText(trust)})`;
  return `chain not trusted${codeText(chainError)} by ${storeText(trust)}`;
}

function codeText(code: string | null): string {
  return code === null ? '' : ` (${printable(code, 60)})`;
}

const storeNames: Readonly<Record<TrustStore['used'][number], string>> = {
  bundled: "Node's roots",
  system: "the system's roots",
  openssl: "OpenSSL's roots",
  extra: 'NODE_EXTRA_CA_CERTS',
  ca: 'the ca option alone',
};

function storeText({ used, file }: TrustStore): string {
  const names = used.map((store) => storeNames[store]).join(' and ') || 'no roots';
  return file === null ? names : `${names}, ${printable(file, 100)}`;
}

function day(time: string): string {
  return printable(time.slice(0, 10), 40);
}
