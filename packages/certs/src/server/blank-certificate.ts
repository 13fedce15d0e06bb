import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { KeyPair } from './key-pair.ts';
import { publicKeyOctets } from './leaf-places.ts';

/**
 * A context with a certificate that can never be shown, because it has no key: the certificate of a pair, with another
 * public key written into it.
 *
 * Before Node 24.21, what SNICallback chooses is put beside the certificates of the server's own context instead of in
 * their place, so a default certificate with an EC key is shown to whoever asked for one with an RSA key
 * (nodejs/node#54235). OpenSSL drops the key of a certificate that is replaced by one it does not belong to: putting a
 * blank over the default takes it out of this handshake.
 *
 * @throws when the key cannot be written over: a point in compressed form
 */
export function blankOver({ leaf, kind }: KeyPair): SecureContext {
  const { der } = leaf.certificate;
  const rsa = kind.slot === 'RSA' || kind.slot === 'RSA-PSS';
  const publicKey = publicKeyOctets(leaf.publicKeyInfo, rsa);
  const other = otherKey(publicKey, rsa, new X509Certificate(der));
  if (other.length !== publicKey.length) throw new Error('a public key in another form cannot be blanked');
  const blank = Buffer.from(der);
  other.copy(blank, publicKey.byteOffset - der.byteOffset);
  return createSecureContext({ cert: new X509Certificate(blank).toString(), ca: [] });
}

/** Another public key of the same kind and size. A modulus need not be a product that anybody knows. */
function otherKey(publicKey: Buffer, rsa: boolean, certificate: X509Certificate): Buffer {
  if (rsa) {
    const other = Buffer.from(publicKey);
    const middle = other.length >> 1;
    other[middle] = (other[middle] ?? 0) ^ 0xff;
    return other;
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const made =
    asymmetricKeyType === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: asymmetricKeyDetails?.namedCurve ?? '' })
      : generateKeyPairSync(asymmetricKeyType as 'ed25519');
  return publicKeyOctets(made.publicKey.export({ type: 'spki', format: 'der' }), false);
}
