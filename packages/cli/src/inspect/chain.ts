import { forbiddenInChain, printable, type CertificateFacts, type FindingCode } from '@altname/core';

/** What can be wrong with a bundle, or worth a word. */
export type ChainProblemCode =
  | 'wrong-order'
  | 'intermediate-missing'
  | 'duplicate'
  | 'root-included'
  | 'unrelated'
  | 'ca-as-leaf'
  | 'signature-wrong'
  | 'purpose-wrong'
  | Extract<
      FindingCode,
      | 'expired'
      | 'expires-soon'
      | 'issuer-unknown'
      | 'not-yet-valid'
      | 'no-names'
      | 'san-malformed'
      | 'name-only-in-cn'
      | 'name-forbidden-by-ca'
      | 'self-signed'
    >;

/** One thing that is wrong with a bundle, or worth a word. */
export interface ChainProblem {
  readonly code: ChainProblemCode;
  readonly severity: 'error' | 'warning' | 'note';
  /** Place in the bundle, counted from 0; null when it is about the whole. */
  readonly certificate: number | null;
  /** One sentence. Text from certificates in it is escaped. Places are counted from 1. */
  readonly message: string;
}

/** What is to be known of a bundle as a chain. */
export interface ChainReport {
  /** `chain`: a leaf, perhaps with what is above it; `authorities`: only CA certificates, as in a file of roots. */
  readonly kind: 'chain' | 'authorities';
  /** The path from the leaf up, as far as the bundle has it: places in the bundle, counted from 0. */
  readonly path: readonly number[];
  readonly problems: readonly ChainProblem[];
}

/** A certificate, and where it can be had a check of who signed it. */
export interface Member {
  readonly facts: CertificateFacts;
  /** Whether another one's key made its signature; null when that cannot be told. */
  readonly signedBy: ((issuer: CertificateFacts) => boolean | null) | null;
}

/** Fewer whole days than this are soon. */
const soonDays = 14;

/**
 * Looks at certificates as a server would send them (RFC 8446 §4.4.2: the leaf first, each next one certifies the one
 * before it, the root may be left out).
 *
 * @param now milliseconds since the epoch
 * @param knownRoots the subjects of the roots that clients have, as text
 */
export function inspectChain(
  members: readonly Member[],
  now: number,
  knownRoots: ReadonlySet<string>,
): ChainReport {
  const facts = members.map((member) => member.facts);
  const leaf = facts.findIndex((each) => !isAuthority(each));
  // Only authorities, and more than one: a file of roots, not a chain. A lone one is somebody's server certificate.
  if (leaf === -1 && !isMeantAsLeaf(facts)) {
    return { kind: 'authorities', path: [], problems: [...timeProblems(facts, now), ...duplicates(facts)] };
  }
  const first = leaf === -1 ? 0 : leaf;
  const path = pathFrom(first, members);
  const problems = [
    ...nameProblems(facts, first),
    ...timeProblems(facts, now),
    ...orderProblems(facts, first, path),
    ...topProblems(facts, path, knownRoots),
    ...unrelatedProblems(members, first, path),
    ...duplicates(facts),
    ...pathProblems(members, path),
  ];
  return { kind: 'chain', path, problems: problems.sort((a, b) => order[a.severity] - order[b.severity]) };
}

const order = { error: 0, warning: 1, note: 2 } as const;

function isAuthority({ basicConstraints }: CertificateFacts): boolean {
  return basicConstraints?.ca === true;
}

function isMeantAsLeaf(facts: readonly CertificateFacts[]): boolean {
  const [first] = facts;
  return first !== undefined && first.names.dns.length + first.names.ip.length > 0;
}

/** From the leaf up, by issuer and subject; where several could be the issuer, the key identifiers and signature decide. */
function pathFrom(leaf: number, members: readonly Member[]): number[] {
  const path = [leaf];
  for (;;) {
    const last = members[path.at(-1) ?? 0];
    if (last === undefined || last.facts.selfIssued) return path;
    const next = members.findIndex(
      (candidate, index) => !path.includes(index) && issues(candidate.facts, last),
    );
    if (next === -1) return path;
    path.push(next);
  }
}

function issues(issuer: CertificateFacts, member: Member): boolean {
  const { facts, signedBy } = member;
  if (issuer.subject.text !== facts.issuer.text) return false;
  if (
    facts.authorityKeyId !== null &&
    issuer.subjectKeyId !== null &&
    facts.authorityKeyId !== issuer.subjectKeyId
  ) {
    return false;
  }
  return signedBy?.(issuer) !== false;
}

function nameProblems(facts: readonly CertificateFacts[], leaf: number): ChainProblem[] {
  const certificate = facts[leaf];
  if (certificate === undefined) return [];
  const { names, extendedKeyUsage, selfSigned } = certificate;
  const problems: ChainProblem[] = [];
  const say = (code: ChainProblemCode, severity: ChainProblem['severity'], message: string): void => {
    problems.push({ code, severity, certificate: leaf, message });
  };
  if (names.san === 'malformed' || names.san === 'duplicate') {
    say(
      'san-malformed',
      'error',
      `the subjectAltName of the leaf ${names.san === 'duplicate' ? 'is there twice' : 'cannot be read'}, so it has no name that counts`,
    );
  } else if (names.dns.length + names.ip.length === 0) {
    const cn = names.commonNames.find((name) => name !== '');
    if (cn === undefined) say('no-names', 'error', 'the leaf has no name that a client could compare');
    else
      say(
        'name-only-in-cn',
        'error',
        `the leaf has only the common name (CN) ${printable(cn)}, which does not count (RFC 9525)`,
      );
  }
  if (isAuthority(certificate)) {
    say(
      'ca-as-leaf',
      'warning',
      'the certificate with the names is marked as an authority (CA:TRUE); a server certificate should not be',
    );
  }
  if (
    extendedKeyUsage !== null &&
    !extendedKeyUsage.some((usage) => usage === 'serverAuth' || usage === 'anyExtendedKeyUsage')
  ) {
    say(
      'purpose-wrong',
      'error',
      `the leaf is not for TLS servers, only for ${extendedKeyUsage.map((usage) => printable(usage)).join(', ')}`,
    );
  }
  if (selfSigned)
    say(
      'self-signed',
      'note',
      'the leaf is signed with its own key: clients trust it only when they are given it',
    );
  return problems;
}

function timeProblems(facts: readonly CertificateFacts[], now: number): ChainProblem[] {
  return facts.flatMap(({ notBefore, notAfter }, certificate): ChainProblem[] => {
    const who = `certificate ${certificate + 1}`;
    if (notAfter === null || notBefore === null) {
      return [
        {
          code: 'expired',
          severity: 'error',
          certificate,
          message: `${who} has a time of validity that cannot be read`,
        },
      ];
    }
    if (Date.parse(notAfter) < now) {
      return [
        {
          code: 'expired',
          severity: 'error',
          certificate,
          message: `${who} expired on ${notAfter.slice(0, 10)}`,
        },
      ];
    }
    if (Date.parse(notBefore) > now) {
      return [
        {
          code: 'not-yet-valid',
          severity: 'error',
          certificate,
          message: `${who} is valid only from ${notBefore.slice(0, 10)} on`,
        },
      ];
    }
    const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
    if (days < soonDays) {
      const message = `${who} expires in ${days} ${days === 1 ? 'day' : 'days'}, on ${notAfter.slice(0, 10)}`;
      return [{ code: 'expires-soon', severity: 'warning', certificate, message }];
    }
    return [];
  });
}

function orderProblems(
  facts: readonly CertificateFacts[],
  leaf: number,
  path: readonly number[],
): ChainProblem[] {
  const problems: ChainProblem[] = [];
  const sorted = path.every((place, index) => index === 0 || place > (path[index - 1] ?? 0));
  if (leaf !== 0 || !sorted) {
    const right = path.map((place) => place + 1).join(', ');
    problems.push({
      code: 'wrong-order',
      severity: 'error',
      certificate: null,
      message: `the leaf comes first, and each next one issued the one before it: here that is ${right}`,
    });
  }
  return problems;
}

/** What is missing above the last certificate of the path, or need not be there. */
function topProblems(
  facts: readonly CertificateFacts[],
  path: readonly number[],
  knownRoots: ReadonlySet<string>,
): ChainProblem[] {
  const certificate = path.at(-1) ?? 0;
  const top = facts[certificate];
  if (top === undefined) return [];
  if (top.selfIssued) {
    if (path.length === 1) return [];
    const message = `certificate ${certificate + 1} is the root; it need not be sent, clients have it or do not trust it`;
    return [{ code: 'root-included', severity: 'note', certificate, message }];
  }
  if (knownRoots.has(top.issuer.text)) return [];
  const issuer = printable(top.issuer.text, 200);
  if (path.length === 1) {
    const message = `nothing above the leaf is here: unless ${issuer} is a root of your own, its certificate is missing`;
    return [{ code: 'intermediate-missing', severity: 'warning', certificate, message }];
  }
  const message = `the chain ends below ${issuer}, which is no root that comes with Node: clients have to be given it`;
  return [{ code: 'issuer-unknown', severity: 'note', certificate, message }];
}

function unrelatedProblems(
  members: readonly Member[],
  leaf: number,
  path: readonly number[],
): ChainProblem[] {
  const facts = members.map((member) => member.facts);
  const top = facts[path.at(-1) ?? leaf];
  return facts.flatMap((each, certificate): ChainProblem[] => {
    const first = facts.findIndex((other) => other.fingerprints.sha256 === each.fingerprints.sha256);
    if (path.includes(certificate) || first !== certificate) return [];
    const who = `certificate ${certificate + 1}`;
    // Under the right name, with another key: another generation of the same authority.
    if (top !== undefined && !top.selfIssued && each.subject.text === top.issuer.text) {
      const message = `${who} has the name of the issuer, but another key: it did not sign certificate ${facts.indexOf(top) + 1}`;
      return [{ code: 'signature-wrong', severity: 'error', certificate, message }];
    }
    const message = `${who} (${printable(each.subject.text, 120)}) has no part in the chain of the leaf`;
    return [{ code: 'unrelated', severity: 'warning', certificate, message }];
  });
}

function duplicates(facts: readonly CertificateFacts[]): ChainProblem[] {
  const first = new Map<string, number>();
  return facts.flatMap(({ fingerprints }, certificate): ChainProblem[] => {
    const earlier = first.get(fingerprints.sha256);
    if (earlier === undefined) {
      first.set(fingerprints.sha256, certificate);
      return [];
    }
    return [
      {
        code: 'duplicate',
        severity: 'warning',
        certificate,
        message: `certificate ${certificate + 1} is the same as certificate ${earlier + 1}`,
      },
    ];
  });
}

/** Names that the constraints of an authority above forbid. */
function pathProblems(members: readonly Member[], path: readonly number[]): ChainProblem[] {
  const facts = path.flatMap((place) => members[place]?.facts ?? []);
  return forbiddenInChain(facts).map((forbidden) => ({
    code: 'name-forbidden-by-ca',
    severity: 'error',
    certificate: path[forbidden.certificate] ?? null,
    message: `certificate ${(path[forbidden.ca] ?? 0) + 1} may not issue for ${printable(forbidden.value, 120)}${forbidden.excludedBy === null ? '' : ` (excluded: ${printable(forbidden.excludedBy, 120)})`}`,
  }));
}
