import { readCertificate, type CertificateFacts } from '../certificate/certificate.ts';
import { AltnameError } from '../error.ts';

/** Certificates by SHA-256 fingerprint, each read once. */
export class CertificateBook {
  readonly #facts = new Map<string, CertificateFacts>();

  /** The fingerprints of a chain, in its order, without what is no certificate. */
  enter(chain: readonly Uint8Array[]): string[] {
    return chain.flatMap((der) => this.#add(der) ?? []);
  }

  get(fingerprint: string | undefined): CertificateFacts | null {
    return this.#facts.get(fingerprint ?? '') ?? null;
  }

  /** Those of the fingerprints, in their order. */
  only(fingerprints: readonly string[]): Record<string, CertificateFacts> {
    return Object.fromEntries(
      [...new Set(fingerprints)].flatMap((print) => {
        const facts = this.#facts.get(print);
        return facts === undefined ? [] : [[print, facts]];
      }),
    );
  }

  #add(der: Uint8Array): string | null {
    try {
      const facts = readCertificate(der).toJSON();
      this.#facts.set(facts.fingerprints.sha256, facts);
      return facts.fingerprints.sha256;
    } catch (error) {
      // OpenSSL takes some certificates that are not DER; they present no name that can be trusted.
      if (error instanceof AltnameError) return null;
      throw error;
    }
  }
}
