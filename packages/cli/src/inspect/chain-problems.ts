import { forbiddenInChain, printable, type CertificateFacts } from '@altname/core';
import type { ChainProblem, ChainProblemCode, Member } from './chain.ts';

// Each function here says one kind of thing of a bundle; places in messages are counted from 1.

/** Fewer days than this are soon, or than a quarter of a lifetime of weeks or days; as for `expires-soon`. */
const soonDays = 14;

/** Marked as one that may issue (RFC 5280 §4.2.1.9). */
export function isAuthority({ basicConstraints }: CertificateFacts): boolean {
  return basicConstraints?.ca === true;
}

/** What the names, the purpose and the signature of the leaf say. */
export function nameProblems(facts: readonly CertificateFacts[], leaf: number): ChainProblem[] {
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

/** Certificates outside of their validity, or near its end. */
export function timeProblems(facts: readonly CertificateFacts[], now: number): ChainProblem[] {
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
    const lifetime = (Date.parse(notAfter) - Date.parse(notBefore)) / 86_400_000;
    if (days < Math.min(soonDays, lifetime / 4)) {
      const message = `${who} expires in ${days} ${days === 1 ? 'day' : 'days'}, on ${notAfter.slice(0, 10)}`;
      return [{ code: 'expires-soon', severity: 'warning', certificate, message }];
    }
    return [];
  });
}

/** The leaf first, and each next one the issuer of the one before it (RFC 8446 §4.4.2). */
export function orderProblems(leaf: number, path: readonly number[]): ChainProblem[] {
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
export function topProblems(
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

/** Certificates that are not on the path from the leaf up. */
export function unrelatedProblems(
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

/** Certificates that are there more than once. */
export function duplicates(facts: readonly CertificateFacts[]): ChainProblem[] {
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
export function pathProblems(members: readonly Member[], path: readonly number[]): ChainProblem[] {
  const facts = path.flatMap((place) => members[place]?.facts ?? []);
  return forbiddenInChain(facts).map((forbidden) => ({
    code: 'name-forbidden-by-ca',
    severity: 'error',
    certificate: path[forbidden.certificate] ?? null,
    message: `certificate ${(path[forbidden.ca] ?? 0) + 1} may not issue for ${printable(forbidden.value, 120)}${forbidden.excludedBy === null ? '' : ` (excluded: ${printable(forbidden.excludedBy, 120)})`}`,
  }));
}
