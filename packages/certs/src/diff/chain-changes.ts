import { printable, type Certificate } from '@altname/core';
import type { RotationChange } from './rotation-change.ts';
import type { Side } from './side.ts';

/** What changes above the leaf, and in the file around it. */
export function chainChanges(before: Side, after: Side): RotationChange[] {
  return [
    ...issuerChange(before, after),
    ...rootChange(before, after),
    ...intermediateChanges(before, after),
    ...selfSignedChange(before, after),
    ...forbiddenChange(before, after),
    ...orderChange(before, after),
  ];
}

function issuerChange(before: Side, after: Side): RotationChange[] {
  const [was, is] = [before.leaf, after.leaf];
  if (after.leaf.selfSigned) return [];
  const values = { before: was.issuer.text, after: is.issuer.text };
  if (was.issuer.text !== is.issuer.text) {
    const message = sameRoot(before, after)
      ? 'another issuer below the same root: who pins the issuer has to know the new one'
      : 'another issuer: who pins it or trusts it alone refuses, and a CAA record has to allow it';
    return [{ code: 'issuer', severity: sameRoot(before, after) ? 'note' : 'risk', ...values, message }];
  }
  if (was.authorityKeyId === null || is.authorityKeyId === null || was.authorityKeyId === is.authorityKeyId) {
    return [];
  }
  const message = 'the issuer has the same name and another key: send its new certificate along';
  return [
    { code: 'issuer', severity: 'note', before: was.authorityKeyId, after: is.authorityKeyId, message },
  ];
}

/** Two files can be compared at the top when both have the root, or both stop equally far below it. */
function rootChange(before: Side, after: Side): RotationChange[] {
  const comparable =
    (before.root !== null && after.root !== null) ||
    (before.root === null &&
      after.root === null &&
      before.path.length > 1 &&
      before.path.length === after.path.length);
  if (!comparable || after.leaf.selfSigned || sameRoot(before, after)) return [];
  const message =
    'another root: clients with roots of their own choice (ca, NODE_EXTRA_CA_CERTS, pinned, old devices) refuse until they are given it';
  return [{ code: 'root', severity: 'risk', before: rootText(before), after: rootText(after), message }];
}

function intermediateChanges(before: Side, after: Side): RotationChange[] {
  const texts = { before: listed(before.intermediates), after: listed(after.intermediates) };
  if (after.intermediates.length === 0 && before.intermediates.length > 0 && !after.leaf.selfSigned) {
    const [lost] = before.intermediates;
    const sameIssuer =
      lost !== undefined &&
      lost.subject.text === after.leaf.issuer.text &&
      (lost.subjectKeyId === null ||
        after.leaf.authorityKeyId === null ||
        lost.subjectKeyId === after.leaf.authorityKeyId);
    if (sameIssuer) {
      const message =
        'the file lacks the intermediate that issued the certificate: clients that do not have it refuse; append it';
      return [{ code: 'intermediate-missing', severity: 'breaks', ...texts, message }];
    }
    if (after.root === null) {
      const message =
        'the file has no intermediate any more: clients refuse, unless a root that they trust issued the certificate itself';
      return [{ code: 'intermediate-missing', severity: 'risk', ...texts, message }];
    }
  }
  const same =
    before.intermediates.length === after.intermediates.length &&
    before.intermediates.every(
      ({ fingerprints }, index) => fingerprints.sha256 === after.intermediates[index]?.fingerprints.sha256,
    );
  if (same) return [];
  const message = 'other intermediates: deploy the whole new file, not its leaf alone';
  return [{ code: 'intermediates', severity: 'note', ...texts, message }];
}

function selfSignedChange(before: Side, after: Side): RotationChange[] {
  if (!after.leaf.selfSigned || isSame(before.leaf, after.leaf)) return [];
  const values = { before: before.leaf.issuer.text, after: after.leaf.issuer.text };
  return [
    before.leaf.selfSigned
      ? {
          code: 'self-signed',
          severity: 'risk',
          ...values,
          message:
            'signed with its own key, as before: who was given the old certificate has to be given the new one',
        }
      : {
          code: 'self-signed',
          severity: 'breaks',
          ...values,
          message: 'signed with its own key: every client that is not given it refuses',
        },
  ];
}

function forbiddenChange(before: Side, after: Side): RotationChange[] {
  const [first] = after.forbidden;
  if (first === undefined) return [];
  const message = `a CA in the new file has no right to sign for ${printable(first, 100)} (name constraints, RFC 5280 §4.2.1.10): clients refuse the certificate for every name`;
  return [
    {
      code: 'name-forbidden-by-ca',
      severity: before.forbidden.length > 0 ? 'risk' : 'breaks',
      before: before.forbidden.join(', ') || null,
      after: after.forbidden.join(', '),
      message,
    },
  ];
}

function orderChange(before: Side, after: Side): RotationChange[] {
  if (after.leafFirst || !before.leafFirst) return [];
  const message = 'the leaf is not the first certificate of the new file, where servers look for it';
  return [{ code: 'leaf-not-first', severity: 'risk', before: null, after: null, message }];
}

function sameRoot(before: Side, after: Side): boolean {
  if (before.root !== null && after.root !== null) {
    return (
      isSame(before.root, after.root) ||
      (before.root.subject.text === after.root.subject.text &&
        before.root.subjectKeyId !== null &&
        before.root.subjectKeyId === after.root.subjectKeyId)
    );
  }
  return before.path.length > 1 && after.path.length > 1 && rootText(before) === rootText(after);
}

function rootText({ root, path }: Side): string {
  return (root?.subject ?? path.at(-1)?.issuer)?.text ?? '';
}

function listed(certificates: readonly Certificate[]): string | null {
  return certificates.length === 0 ? null : certificates.map(({ subject }) => subject.text).join('; ');
}

function isSame(a: Certificate, b: Certificate): boolean {
  return a.fingerprints.sha256 === b.fingerprints.sha256;
}
