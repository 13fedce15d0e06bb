import { randomBytes } from 'node:crypto';
import * as x509 from '../x509.ts';
import { createKeyPair, privateKeyPem } from './key-pair.ts';
import { daysFrom } from './days-from.ts';
import { pemOf, sign } from './sign.ts';
import { permittedOnly, permittedWithoutSubject, type Subtree } from './subtree.ts';

/** What a new CA consists of, as PEM. */
export interface NewAuthority {
  /** The root: what is trusted. Its key is gone. */
  readonly root: string;
  /** The issuer below it, which signs, and which servers send. */
  readonly issuer: string;
  readonly issuerKey: string;
  /** The issuer as a root of its own, for browsers that do not take {@link NewAuthority.issuer}. */
  readonly browserRoot: string;
}

/** Five years: as long as a machine is developed on. */
const lifetime = 1826;

/**
 * Makes a CA that cannot hurt whoever trusts it.
 *
 * The key that is kept is that of an issuer below the root, and what the issuer may do stands on its own certificate:
 * sign for the permitted names alone and for no subject (critical nameConstraints), for servers alone
 * (extendedKeyUsage), and no further CA (pathLen 0). On a root, verifiers may pass these over (RFC 5280 §6.1.1: a trust anchor is a name and a key), on an
 * issuer below it they may not. The root's own key signs this one certificate and is forgotten: nobody can sign another.
 *
 * Firefox and NSS take a subject that is empty for one that is excluded. They read no common names, and hold roots to
 * their constraints: into their stores goes the issuer's name and key as a root of its own, with the same limits.
 */
export async function newAuthority(permitted: readonly Subtree[], now: Date): Promise<NewAuthority> {
  const id = randomBytes(4).toString('hex');
  const rootName = [{ O: ['altname'] }, { CN: [`altname development root ${id}`] }];
  const issuerName = [{ O: ['altname'] }, { CN: [`altname development issuer ${id}`] }];
  const [rootKeys, issuerKeys] = [await createKeyPair('ecdsa'), await createKeyPair('ecdsa')];
  const validity = { notBefore: daysFrom(now, -1 / 24), notAfter: daysFrom(now, lifetime) };
  const constraints = (content: Buffer): x509.Extension => new x509.Extension('2.5.29.30', true, content);
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  const root = await sign({
    ...validity,
    subject: rootName,
    issuer: rootName,
    keys: rootKeys,
    signer: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
      constraints(permittedOnly(permitted)),
    ],
  });
  const issuer = await sign({
    ...validity,
    subject: issuerName,
    issuer: rootName,
    keys: issuerKeys,
    signer: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(issuerKeys.publicKey),
      constraints(permittedWithoutSubject(permitted)),
    ],
  });
  const browserRoot = await sign({
    ...validity,
    subject: issuerName,
    issuer: issuerName,
    keys: issuerKeys,
    signer: issuerKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(issuerKeys.publicKey),
      constraints(permittedOnly(permitted)),
    ],
  });
  return {
    root: pemOf(root),
    issuer: pemOf(issuer),
    issuerKey: await privateKeyPem(issuerKeys),
    browserRoot: pemOf(browserRoot),
  };
}
