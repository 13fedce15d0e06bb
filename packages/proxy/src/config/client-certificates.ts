import { AltnameError, readCertificates } from '@altname/core';
import { fault, readKeys } from './fault.ts';
import { readPem, type PemSource } from './pem.ts';

/** Certificates of clients in front. */
export interface ClientCertificateOptions {
  /** Who issues them. The default roots issue none for clients. */
  readonly ca: PemSource;
  /**
   * Whether a client without one is let in; true when not given, and then nothing is let in that has none. One that `ca`
   * did not issue is never let in.
   */
  readonly required?: boolean;
}

/** {@link ClientCertificateOptions}, read. Frozen. */
export interface ClientCertificates {
  /** PEM. */
  readonly ca: readonly string[];
  readonly required: boolean;
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readClientCertificates(given: unknown): ClientCertificates | null {
  if (given === undefined) return null;
  const key = 'tls.clientCertificates';
  const { ca, required = true } = readKeys(key, given, ['ca', 'required']);
  if (typeof required !== 'boolean') throw fault(`${key}.required`, 'true or false is expected');
  return Object.freeze({ ca: Object.freeze(readIssuers(`${key}.ca`, ca)), required });
}

function readIssuers(key: string, given: unknown): string[] {
  try {
    const issuers = readCertificates(readPem(key, given));
    const wrong = issuers.find(
      ({ basicConstraints, selfSigned }) => basicConstraints?.ca !== true && !selfSigned,
    );
    if (wrong !== undefined) throw fault(key, 'CA certificates are expected, and one is none');
    return issuers.map(({ pem }) => pem);
  } catch (error) {
    if (!(error instanceof AltnameError) || error.message.startsWith(key)) throw error;
    throw fault(key, error.message, error);
  }
}
