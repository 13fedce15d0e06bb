import { types } from 'node:util';
import { readCertificate, type CertificateFacts } from '../certificate/certificate.ts';
import type { ErrorFacts } from '../diagnosis/evidence.ts';
import { readAltNamesText } from '../names/alt-names-text.ts';
import type { PresentedNames } from '../names/presented.ts';
import { printable } from '../names/printable.ts';
import { peek, peekText, type ErrorNode } from './error-graph.ts';
import { withoutSecrets } from './error-place.ts';
import { explainText } from './explain.ts';
import type { Explanation, FailureFamily } from './explanation.ts';
import type { Incident } from './incident.ts';

/** The TLS failure inside a thrown value. */
export interface ErrorFailure {
  readonly node: ErrorNode;
  /** What its object and its words say, as of a failure in a text. */
  readonly incident: Incident;
  /** The certificates in the error, leaf first; empty when there are none that can be read. */
  readonly chain: readonly CertificateFacts[];
  /** Code and message as Node gave them, escaped, and without what URLs can carry beside the host. */
  readonly error: ErrorFacts;
}

/**
 * The TLS failure that says most among the errors of a thrown value; null when none of them is one.
 *
 * Node's own error for a wrong name is an object that has the name and the certificate. Every other failure, and that
 * one where a client kept no more than its text, is read like a text that was pasted.
 */
export function findFailure(nodes: readonly ErrorNode[]): ErrorFailure | null {
  let best: ErrorFailure | null = null;
  for (const node of nodes) {
    const found = identityFailure(node) ?? textFailure(node);
    if (found !== null && (best === null || weightOf(found) > weightOf(best))) best = found;
  }
  return best;
}

const altnameCode = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** What says more about a connection comes first; with equals, the outermost error. */
function weightOf({ chain, incident }: ErrorFailure): number {
  if (chain.length > 0) return 20;
  const detail =
    incident.checked !== null ? 2 : incident.presented !== null || incident.alert !== null ? 1 : 0;
  return weights[incident.family] + detail;
}

/** A failure of a family that is not here is none of TLS. */
const weights: Readonly<Record<FailureFamily, number>> = {
  name: 10,
  'server-name': 9,
  chain: 6,
  handshake: 3,
  transport: 0,
  unchecked: 0,
  hidden: 0,
};

/** An error of `tls.checkServerIdentity`, which clients give another code (mysql2, nodemailer) but leave as it is. */
function identityFailure(node: ErrorNode): ErrorFailure | null {
  const host = peekText(node.value, 'host', 1000);
  const certificate = peek(node.value, 'cert');
  if (host === null || typeof certificate !== 'object' || certificate === null) return null;
  if (node.code !== altnameCode && !/does not match certificate's altnames/.test(node.message)) return null;
  const chain = readChain(certificate);
  const presented = chain[0]?.names ?? readNames(certificate);
  const text = textFailure(node)?.incident;
  const message = messageOf(node);
  return {
    node,
    chain,
    error: { code: altnameCode, message },
    incident: {
      family: 'name',
      errorCode: altnameCode,
      program: null,
      checked: withoutSecrets(host),
      checkedAs: text?.checkedAs ?? null,
      presented: presented ?? text?.presented ?? null,
      presentedComplete: presented !== null || (text?.presentedComplete ?? false),
      alert: null,
      ...besides(text),
      excerpt: message,
    },
  };
}

function textFailure(node: ErrorNode): ErrorFailure | null {
  if (node.message === '' && node.code === null) return null;
  const code = node.code === null ? '' : `\n  code: '${node.code}'`;
  const found = explainText(node.message + code).filter(({ family }) => weights[family] > 0);
  const first = found[0];
  if (first === undefined) return null;
  const message = messageOf(node);
  const errorCode = first.errorCode ?? node.code;
  const incident = { ...incidentOf(first), excerpt: message };
  return { node, chain: [], error: { code: errorCode, message }, incident };
}

function incidentOf(explanation: Explanation): Incident {
  const { family, errorCode, checked, presented, presentedComplete, alert } = explanation;
  return {
    ...{ family, errorCode, presented, presentedComplete, alert },
    checked: checked === null ? null : withoutSecrets(checked),
    program: null,
    checkedAs: null,
    ...besides(explanation),
    excerpt: explanation.excerpt,
  };
}

function besides(
  text: Pick<Incident, 'asked' | 'sent' | 'nodeVersion'> | undefined,
): Pick<Incident, 'client' | 'asked' | 'sent' | 'nodeVersion' | 'line' | 'lastLine' | 'count'> {
  const { asked = null, sent = null, nodeVersion = null } = text ?? {};
  return { client: null, asked, sent, nodeVersion, line: 1, lastLine: 1, count: 1 };
}

function messageOf(node: ErrorNode): string {
  return printable(withoutSecrets(node.message).trimEnd(), 1000);
}

/** No chain is longer, and no certificate of one larger. */
const longestChain = 32;
const largestCertificate = 256 * 1024;

/** The chain of a `tls.PeerCertificate`, up to the one that is its own issuer, or that cannot be read. */
function readChain(leaf: object): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = leaf; chain.length < longestChain && !seen.has(at);) {
    seen.add(at);
    const facts = readFacts(peek(at, 'raw'));
    if (facts === null || facts.fingerprints.sha256 === chain.at(-1)?.fingerprints.sha256) break;
    chain.push(facts);
    at = peek(at, 'issuerCertificate');
  }
  return chain;
}

function readFacts(raw: unknown): CertificateFacts | null {
  if (!types.isUint8Array(raw)) return null;
  try {
    // A copy: the octets of somebody else's object can change while they are read.
    const octets = new Uint8Array(raw);
    return octets.length > largestCertificate ? null : readCertificate(octets).toJSON();
  } catch {
    return null;
  }
}

/** The names of a certificate object that came without its octets. */
function readNames(certificate: object): PresentedNames | null {
  const text = peekText(certificate, 'subjectaltname');
  const lists = text === null ? null : readAltNamesText(text);
  if (lists === null) return null;
  const commonNames = [peek(peek(certificate, 'subject'), 'CN')]
    .flat()
    .filter((name) => typeof name === 'string');
  return { ...lists, san: 'present', commonNames };
}
