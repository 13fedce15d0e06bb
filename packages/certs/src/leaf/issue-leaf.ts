import { AltnameError, forbiddenInChain, matchName, readCertificate } from '@altname/core';
import type { Authority } from '../authority/authority.ts';
import { createKeyPair, privateKeyPem, readEcdsaKey, type KeyType } from '../authority/key-pair.ts';
import { assertMaySign } from '../authority/may-sign.ts';
import { daysFrom } from '../authority/days-from.ts';
import { distinct, sanText, type WantedName } from '../names/wanted-name.ts';

export interface IssueLeafOptions {
  /** Days from now, {@link mostDays} at most; 90 when not given, and never past the end of the CA. */
  readonly days?: number;
  /** `ecdsa` (P-256) when not given. */
  readonly key?: KeyType;
}

/** A server's certificate and key, PEM. */
export interface Leaf {
  /** The certificate alone. */
  readonly certificate: string;
  /** The certificate and the issuer below the root: what a server sends. */
  readonly chain: string;
  /** PKCS #8. */
  readonly key: string;
  readonly names: readonly WantedName[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The longest that browsers accept of a new public certificate, less the day of a clock that is wrong (CA/B ballot SC-081). */
export const mostDays = 199;
export const usualDays = 90;

/**
 * Makes a certificate for servers, with each name in its kind of subjectAltName. The subject is empty, so that no
 * client can take a common name for a name (RFC 9525 §2), and the subjectAltName critical for that (RFC 5280 §4.2.1.6).
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for no name, or days that are none; `ALTNAME_BAD_AUTHORITY` for a name
 *   that the CA may not sign for, naming it.
 */
export async function issueLeaf(
  authority: Authority,
  wanted: readonly WantedName[],
  options: IssueLeafOptions = {},
): Promise<Leaf> {
  const { days = usualDays, key = 'ecdsa' } = options;
  const names = distinct(wanted);
  if (names.length === 0) throw new AltnameError('ALTNAME_BAD_OPTION', 'names: at least one is expected');
  if (!Number.isInteger(days) || days < 1 || days > mostDays) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `days: 1 to ${mostDays} are expected; browsers refuse more`);
  }
  assertMaySign({ ...authority, root: authority.certificate, exists: true }, names);
  // Loaded where something is made: whoever only serves certificates does not pay for it.
  const [x509, { pemOf, sign }, { subjectAltName }] = await Promise.all([
    import('../x509.ts'),
    import('../authority/sign.ts'),
    import('../names/subject-alt-name.ts'),
  ]);
  const issuer = new x509.X509Certificate(authority.issuer);
  const now = new Date();
  const keys = await createKeyPair(key);
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const notBefore = daysFrom(now, -1 / 24);
  // Both ends belong to it (RFC 5280 §4.1.2.5).
  const end = daysFrom(notBefore, days).getTime() - 1000;
  const notAfter = new Date(Math.min(end, authority.notAfter.getTime()));
  const made = await sign({
    subject: [],
    issuer: issuer.subjectName.toJSON(),
    keys,
    signer: await readEcdsaKey(authority.issuerKey),
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        key === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      subjectAltName(names, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const certificate = pemOf(made);
  assertHeld(authority, certificate);
  assertFits(certificate, names);
  const chain = `${certificate}${authority.issuer}`;
  return { certificate, chain, key: await privateKeyPem(keys), names, notBefore, notAfter };
}

/** Asked of the very certificate, before anybody has it. */
function assertHeld(authority: Authority, certificate: string): void {
  const path = [certificate, authority.issuer, authority.certificate].map((pem) => readCertificate(pem));
  if (forbiddenInChain(path).length > 0)
    throw new Error('the certificate made is outside the constraints of its CA');
}

function assertFits(certificate: string, names: readonly WantedName[]): void {
  const { names: presented } = readCertificate(certificate);
  for (const name of names) {
    // A wildcard is asked for by a name that it stands for.
    if (!matchName(name.value.replace(/^\*/, 'x'), presented).matches) {
      throw new Error(`the certificate made does not fit ${sanText(name)}`);
    }
  }
}
