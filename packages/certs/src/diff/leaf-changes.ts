import { printable, type Certificate } from '@altname/core';
import type { RotationChange } from './rotation-change.ts';
import type { Side } from './side.ts';

/** What changes on the leaf beside its names and its validity. */
export function leafChanges(before: Side, after: Side): RotationChange[] {
  return [
    ...keyChanges(before, after),
    ...signatureChange(before.leaf, after.leaf),
    ...extendedUsageChange(before.leaf, after.leaf),
    ...usageChange(before.leaf, after.leaf),
    ...stapleChange(before, after),
    ...authorityChange(before.leaf, after.leaf),
    ...commonNameChange(before.leaf, after.leaf),
    ...sanChange(before.leaf, after.leaf),
  ];
}

function keyChanges(before: Side, after: Side): RotationChange[] {
  const [was, is] = [before.leaf.key, after.leaf.key];
  const values = { before: before.leaf.keyText, after: after.leaf.keyText };
  const changes: RotationChange[] = [];
  const tooFew = is.bits !== null && is.bits < leastBits && (was.bits ?? leastBits) >= leastBits;
  if (was.type !== is.type) {
    const message = `clients that offer only cipher suites and signatures for ${printable(was.type, 60)} keys refuse`;
    changes.push({ code: 'key-type', severity: 'risk', ...values, message });
  }
  if (tooFew) {
    const message = `fewer than ${leastBits} bits: OpenSSL refuses them at its usual security level`;
    changes.push({ code: 'key-size', severity: 'breaks', ...values, message });
  } else if (was.type === is.type && was.curve !== is.curve) {
    const message = 'a key over another curve: clients that do not offer it refuse';
    changes.push({ code: 'key-size', severity: 'risk', ...values, message });
  } else if (was.type === is.type && was.bits !== is.bits) {
    const message = `a key of ${(is.bits ?? 0) < (was.bits ?? 0) ? 'fewer' : 'more'} bits`;
    changes.push({ code: 'key-size', severity: 'note', ...values, message });
  }
  if (before.keyPin !== null && after.keyPin !== null && before.keyPin !== after.keyPin) {
    const message = 'another key: who pins the public key has to know the new one';
    changes.push({
      code: 'public-key',
      severity: 'note',
      before: before.keyPin,
      after: after.keyPin,
      message,
    });
  }
  return changes;
}

/** Of RSA; security level 2 of OpenSSL, and CA/Browser Forum Baseline Requirements §6.1.5. */
const leastBits = 2048;

function signatureChange(was: Certificate, is: Certificate): RotationChange[] {
  const values = { before: was.signatureAlgorithm, after: is.signatureAlgorithm };
  if (values.before === values.after) return [];
  const broken = /SHA-1$|MD5$/.test(values.after);
  const message = broken
    ? 'clients refuse signatures with this hash'
    : 'clients have to know the algorithm of the signature; all that are kept up to date do';
  const rare = /PSS|Ed25519|Ed448/.test(values.after);
  return [{ code: 'signature', severity: broken ? 'breaks' : rare ? 'risk' : 'note', ...values, message }];
}

function extendedUsageChange(was: Certificate, is: Certificate): RotationChange[] {
  const values = { before: usageText(was.extendedKeyUsage), after: usageText(is.extendedKeyUsage) };
  if (values.before === values.after) return [];
  const lost = (usage: string): boolean =>
    allows(was.extendedKeyUsage, usage) && !allows(is.extendedKeyUsage, usage);
  const code = 'extended-key-usage';
  if (lost('serverAuth')) {
    return [{ code, severity: 'breaks', ...values, message: 'no longer for TLS servers: clients refuse' }];
  }
  if (lost('clientAuth')) {
    const message = 'no longer for TLS clients: whoever is shown it as a client certificate refuses';
    return [{ code, severity: 'risk', ...values, message }];
  }
  return [{ code, severity: 'note', ...values, message: 'other purposes, none of them needed by TLS' }];
}

function usageChange(was: Certificate, is: Certificate): RotationChange[] {
  const values = { before: usageText(was.keyUsage), after: usageText(is.keyUsage) };
  if (values.before === values.after) return [];
  const lost = (usage: string): boolean => allows(was.keyUsage, usage) && !allows(is.keyUsage, usage);
  const code = 'key-usage';
  if (lost('digitalSignature')) {
    const message =
      'its key may no longer sign, which TLS 1.3 and every ECDHE suite need (RFC 8446 §4.4.2.2)';
    return [{ code, severity: 'breaks', ...values, message }];
  }
  if (is.key.type === 'RSA' && lost('keyEncipherment')) {
    const message = 'old clients that know RSA key exchange alone refuse (RFC 5246 §7.4.2)';
    return [{ code, severity: 'risk', ...values, message }];
  }
  return [
    { code, severity: 'note', ...values, message: 'other uses of the key, none of them needed by TLS' },
  ];
}

function stapleChange(before: Side, after: Side): RotationChange[] {
  if (before.mustStaple === after.mustStaple) return [];
  const values = { before: String(before.mustStaple), after: String(after.mustStaple) };
  return [
    after.mustStaple
      ? {
          code: 'must-staple',
          severity: 'risk',
          ...values,
          message:
            'must-staple is new: some clients refuse unless the server staples an OCSP answer (RFC 7633)',
        }
      : { code: 'must-staple', severity: 'note', ...values, message: 'must-staple is gone' },
  ];
}

function authorityChange(was: Certificate, is: Certificate): RotationChange[] {
  if (is.basicConstraints?.ca !== true || was.basicConstraints?.ca === true) return [];
  const message = 'marked as an authority (CA:TRUE), which some clients refuse for a server';
  return [{ code: 'authority', severity: 'risk', before: 'CA:FALSE', after: 'CA:TRUE', message }];
}

/** Names that stand in the common name alone are told with the names. */
function commonNameChange(was: Certificate, is: Certificate): RotationChange[] {
  const values = {
    before: was.names.commonNames.join(', ') || null,
    after: is.names.commonNames.join(', ') || null,
  };
  if (values.before === values.after) return [];
  const message =
    'who authorises or logs by the common name sees another; no client should compare it (RFC 9525 §2)';
  return [{ code: 'common-name', severity: 'note', ...values, message }];
}

function sanChange(was: Certificate, is: Certificate): RotationChange[] {
  const bad = ({ names }: Certificate): boolean => names.san === 'malformed' || names.san === 'duplicate';
  if (!bad(is) || bad(was)) return [];
  const message = 'its subjectAltName cannot be relied on, so that it has no name that counts';
  return [{ code: 'san-malformed', severity: 'breaks', before: was.names.san, after: is.names.san, message }];
}

/** No extension, no limit (RFC 5280 §4.2.1.3, §4.2.1.12). */
function allows(usages: readonly string[] | null, usage: string): boolean {
  return usages === null || usages.includes(usage) || usages.includes('anyExtendedKeyUsage');
}

function usageText(usages: readonly string[] | null): string | null {
  return usages === null ? null : [...usages].sort().join(', ');
}
