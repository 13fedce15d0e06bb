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

/**
 * Looks at certificates as a server would send them (RFC 8446 §4.4.2: the leaf first, each next one certifies the one
 * before it, the root may be left out).
 *
 * @param now milliseconds since the epoch
 */
export function inspectChain(members: readonly Member[], now: number): ChainReport {
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
    const cn = names.commonNames[0];
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
      message: `wrong order: the leaf comes first and each next one issued the one before it, which is ${right} here`,
    });
  }
  const top = facts[path.at(-1) ?? 0];
  if (top !== undefined && !top.selfIssued) {
    const issuer = printable(top.issuer.text, 200);
    // Whether that issuer is a root, which may be left out, cannot be seen from here; without any intermediate it is not likely.
    const alone = path.length === 1;
    problems.push({
      code: 'intermediate-missing',
      severity: alone ? 'warning' : 'note',
      certificate: path.at(-1) ?? null,
      message: alone
        ? `nothing above the leaf is here: unless ${issuer} is a root, its certificate is missing`
        : `the chain ends below ${issuer}: right if that is a root the clients have`,
    });
  }
  for (const [index, each] of facts.entries()) {
    const twin = facts.findIndex((other) => other.fingerprints.sha256 === each.fingerprints.sha256);
    if (twin !== index) continue;
    if (path.includes(index)) {
      if (index !== leaf && each.selfIssued) {
        problems.push({
          code: 'root-included',
          severity: 'note',
          certificate: index,
          message: `certificate ${index + 1} is the root; it need not be sent, clients have it or do not trust it`,
        });
      }
    } else {
      problems.push({
        code: 'unrelated',
        severity: 'warning',
        certificate: index,
        message: `certificate ${index + 1} (${printable(each.subject.text, 120)}) has no part in the chain of the leaf`,
      });
    }
  }
  return problems;
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

/** What the certificates above say of those below: constraints on names, and signatures that do not fit. */
function pathProblems(members: readonly Member[], path: readonly number[]): ChainProblem[] {
  const facts = path.flatMap((place) => members[place]?.facts ?? []);
  const problems = forbiddenInChain(facts).map((forbidden): ChainProblem => ({
    code: 'name-forbidden-by-ca',
    severity: 'error',
    certificate: path[forbidden.certificate] ?? null,
    message: `certificate ${(path[forbidden.ca] ?? 0) + 1} may not issue for ${printable(forbidden.value, 120)}${forbidden.excludedBy === null ? '' : ` (excluded: ${printable(forbidden.excludedBy, 120)})`}`,
  }));
  const top = members[path.at(-1) ?? 0];
  // A certificate under the right name that did not sign it: another generation of the same authority.
  if (top !== undefined && !top.facts.selfIssued) {
    const namesake = members.findIndex(
      ({ facts: other }) => other !== top.facts && other.subject.text === top.facts.issuer.text,
    );
    if (namesake !== -1 && !path.includes(namesake)) {
      problems.push({
        code: 'signature-wrong',
        severity: 'error',
        certificate: namesake,
        message: `certificate ${namesake + 1} has the name of the issuer, but another key: it did not sign certificate ${(path.at(-1) ?? 0) + 1}`,
      });
    }
  }
  return problems;
}
