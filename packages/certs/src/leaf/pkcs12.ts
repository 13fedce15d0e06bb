import { X509Certificate, createHash } from 'node:crypto';
import type { Authority } from '../authority/authority.ts';
import type { Leaf } from './issue-leaf.ts';

/**
 * The password of every PKCS #12 file: it protects nothing, for it stands here. Java's tools refuse an empty one, and
 * this is what they take for granted.
 */
export const pkcs12Password = 'changeit';

const iterations = 10_000;

/** Certificate, issuer and key as PKCS #12 (RFC 7292), with AES-256 and SHA-256. */
export async function toPkcs12(authority: Authority, leaf: Leaf): Promise<Uint8Array> {
  // Loaded here alone: it is large, and seldom asked for.
  const [pkijs, asn1] = await Promise.all([import('pkijs'), import('asn1js')]);
  const password = Uint8Array.from(Buffer.from(pkcs12Password)).buffer;
  const encryption = {
    password,
    contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
    hmacHashAlgorithm: 'SHA-256',
    iterationCount: iterations,
  };
  const certificateOf = (pem: string): InstanceType<typeof pkijs.Certificate> =>
    pkijs.Certificate.fromBER(Uint8Array.from(new X509Certificate(pem).raw));
  const id = createHash('sha1').update(new X509Certificate(leaf.certificate).raw).digest();
  const attributes = (): InstanceType<typeof pkijs.Attribute>[] => [
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.20',
      values: [new asn1.BmpString({ value: leaf.names[0]?.value ?? 'altname' })],
    }),
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.21',
      values: [new asn1.OctetString({ valueHex: Uint8Array.from(id).buffer })],
    }),
  ];
  const key = Buffer.from(leaf.key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const shrouded = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(Uint8Array.from(key)),
  });
  await shrouded.makeInternalValues(encryption);
  const certificates = new pkijs.SafeContents({
    safeBags: [
      new pkijs.SafeBag({
        bagId: '1.2.840.113549.1.12.10.1.3',
        bagValue: new pkijs.CertBag({ parsedValue: certificateOf(leaf.certificate) }),
        bagAttributes: attributes(),
      }),
      new pkijs.SafeBag({
        bagId: '1.2.840.113549.1.12.10.1.3',
        bagValue: new pkijs.CertBag({ parsedValue: certificateOf(authority.issuer) }),
      }),
    ],
  });
  const keys = new pkijs.SafeContents({
    safeBags: [
      new pkijs.SafeBag({
        bagId: '1.2.840.113549.1.12.10.1.2',
        bagValue: shrouded,
        bagAttributes: attributes(),
      }),
    ],
  });
  const safe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 1, value: certificates },
        { privacyMode: 0, value: keys },
      ],
    },
  });
  await safe.makeInternalValues({ safeContents: [encryption, {}] });
  const pfx = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe: safe } });
  await pfx.makeInternalValues({
    password,
    iterations,
    pbkdf2HashAlgorithm: 'SHA-256',
    hmacHashAlgorithm: 'SHA-256',
  });
  return new Uint8Array(pfx.toSchema().toBER(false));
}
