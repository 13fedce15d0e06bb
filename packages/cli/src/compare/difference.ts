import { matchName, printable, type Diagnosis } from '@altname/core';
import type { ProgramName, RawAnswer } from './answer.ts';

/**
 * Why a program and this Node decide differently about the same server; empty when they do not.
 *
 * | they differ in        | seen by                                                                     |
 * |-----------------------|------------------------------------------------------------------------------|
 * | the server name sent  | another name on the wire can bring another certificate                       |
 * | the name checked      | Node was given a name of its own                                             |
 * | the roots             | one of them speaks of an issuer or a self-signed certificate                 |
 * | the common name       | the certificate has no DNS name, and one of them takes the CN                |
 * | partial wildcards     | `f*.example.com`: OpenSSL and Node take it, curl does not                    |
 * | addresses             | Node 22.23.0–22.23.3 and 24.17.0–24.18.1 know no IPv6 address                |
 */
export function whyDifferent(program: ProgramName, answer: RawAnswer, diagnosis: Diagnosis): string[] {
  if (!differs(answer, diagnosis)) return [];
  const { names } = diagnosis;
  const why: string[] = [];
  if (answer.sent !== names.sent.value) {
    why.push(
      `server name: ${program} sent ${shown(answer.sent)}, Node sent ${shown(names.sent.value)}, and the server may choose its certificate by that`,
    );
  }
  if (answer.checked !== names.checked.value) {
    why.push(
      `name checked: ${program} checked ${shown(answer.checked)}, Node checked ${shown(names.checked.value)}`,
    );
  }
  if (speaksOfRoots(answer.words) || speaksOfRoots(nodeWords(diagnosis)))
    why.push(rootsDiffer(program, diagnosis));
  if (speaksOfName(answer.words) || speaksOfName(nodeWords(diagnosis)))
    why.push(...matchingDiffers(program, answer, diagnosis));
  if (why.length === 0) why.push(`no reason is known; compare the words of ${program} with those of Node`);
  return why;
}

/** Whether the program decides otherwise than this Node. Where nobody could be asked, nothing is compared. */
export function differs(answer: RawAnswer, diagnosis: Diagnosis): boolean {
  if (answer.verdict === 'could-not-ask' || diagnosis.verdict === 'unreachable') return false;
  return (answer.verdict === 'accepts') !== (diagnosis.verdict === 'accepted');
}

function nodeWords({ node, verdict }: Diagnosis): string {
  return verdict === 'accepted' ? '' : `${node.error?.code ?? ''} ${node.error?.message ?? ''}`;
}

function speaksOfRoots(words: string): boolean {
  return /issuer|self.signed|first certificate|SELF_SIGNED|UNABLE_TO|not trusted|unknown ca/i.test(words);
}

function speaksOfName(words: string): boolean {
  return /ALTNAME|altnames|mismatch|no alternative certificate subject|does not match|subject name/i.test(
    words,
  );
}

const storeText: Readonly<Record<string, string>> = {
  bundled: 'the roots that come with it',
  system: "the system's roots",
  openssl: "OpenSSL's roots",
  extra: 'those of NODE_EXTRA_CA_CERTS',
  ca: 'the given roots alone',
};

function rootsDiffer(program: ProgramName, { trust, verdict }: Diagnosis): string {
  const used = trust.used.map((store) => storeText[store] ?? store).join(' and ');
  const theirs = trust.used.includes('ca') ? 'the same file' : "the system's roots";
  const text = `roots: Node used ${used}, ${program} used ${theirs}`;
  if (trust.used.includes('ca')) return text;
  return verdict === 'accepted'
    ? `${text}, where the issuer is missing`
    : `${text}, which know the issuer; Node takes them with --use-system-ca (22.15 and newer) or NODE_EXTRA_CA_CERTS`;
}

function matchingDiffers(
  program: ProgramName,
  answer: RawAnswer,
  { names, verdict, node }: Diagnosis,
): string[] {
  const checked = names.checked.value;
  const { presented } = names;
  if (checked === null || presented === null) return [];
  const strict = matchName(checked, presented).matches;
  const [lenient, stern] = verdict === 'accepted' ? ['Node', program] : [program, 'Node'];
  const why: string[] = [];
  if (strict && verdict !== 'accepted' && checked.includes(':')) {
    why.push(
      `addresses: Node ${node.version} takes an IPv6 address for a DNS name; 22.23.0 to 22.23.3 and 24.17.0 to 24.18.1 do`,
    );
  }
  if (strict || answer.checked !== checked) return why;
  if (presented.dns.length === 0 && presented.commonNames.length > 0) {
    why.push(
      `common name: the certificate has no DNS name; ${lenient} takes the CN ${printable(presented.commonNames[0] ?? '')}, ${stern} does not, and by RFC 9525 it does not count`,
    );
  }
  if (presented.dns.some((name) => /^[^.]+\*|^\*[^.]/.test(name))) {
    why.push(`partial wildcard: ${lenient} lets * stand for a part of a label, ${stern} and RFC 9525 do not`);
  }
  if (presented.dns.includes(checked) && /^[\d.]+$|:/.test(checked)) {
    why.push(
      `addresses: the certificate has ${checked} as a DNS name; ${lenient} compares it as text, ${stern} only as an address`,
    );
  }
  return why;
}

function shown(name: string | null): string {
  return name === null ? 'none' : printable(name, 260);
}
