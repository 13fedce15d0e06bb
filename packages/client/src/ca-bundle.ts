import { AltnameError, printable, readCertificate, type Certificate } from '@altname/core';
import { defaultRoots, fileOf, readCertificateSource } from './certificates.ts';

/**
 * Reads a file of CA certificates that a deployment names, as PEM.
 *
 * @param variable what the message begins with
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line.
 */
export function readCaBundle(variable: string, file: string): string[] {
  if (file.includes('-----BEGIN')) {
    throw bad(`${variable}: it holds PEM itself; the path of a file of CA certificates is expected`);
  }
  return readTrusted(variable, { file });
}

/**
 * Reads the certificates that are to be trusted, as PEM.
 *
 * A bundle keeps an expired root beside the new one for years, so that one certificate cannot be used is no mistake;
 * that none can be is.
 *
 * | certificate                                             | can be used |
 * |---------------------------------------------------------|-------------|
 * | past its end, or before its beginning                   | no          |
 * | no CA, and not self-signed                              | no          |
 * | an intermediate whose issuer is neither here nor a root | no          |
 * | any other: a root, or a server's own self-signed one    | yes         |
 *
 * @param option the option or variable, for the message
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line.
 */
export function readTrusted(option: string, source: unknown): string[] {
  const certificates = readCertificateSource(option, source);
  const problems = certificates.map((certificate) => problemOf(certificate, certificates));
  const usable = certificates.filter((_, index) => problems[index] === null);
  if (usable.length === 0) {
    const file = fileOf(source);
    const where = file === null ? option : `${option} "${printable(file, 200)}"`;
    const more = problems.length === 1 ? '' : ` (and none of the other ${problems.length - 1} can be used)`;
    throw bad(`${where}: ${problems[0]}${more}`);
  }
  return certificates.map(({ pem }) => pem);
}

function problemOf(certificate: Certificate, bundle: readonly Certificate[]): string | null {
  const { notBefore, notAfter, selfSigned, basicConstraints, issuer } = certificate;
  const subject = printable(certificate.subject.text, 100);
  const now = Date.now();
  if (notAfter === null || notBefore === null) return `the dates of ${subject} cannot be read`;
  if (notAfter.getTime() < now) return `${subject} expired on ${day(notAfter)}`;
  if (notBefore.getTime() > now) return `${subject} is not valid before ${day(notBefore)}`;
  if (selfSigned) return null;
  if (basicConstraints?.ca !== true) {
    return `${subject} is no CA certificate; that of its issuer is expected (${printable(issuer.text, 100)})`;
  }
  const isIssuer = (other: Certificate): boolean => other.selfIssued && other.subject.text === issuer.text;
  return bundle.some(isIssuer) || defaultRoots().some((pem) => isIssuer(readCertificate(pem)))
    ? null
    : `${subject} is an intermediate; the root above it is expected, too (${printable(issuer.text, 100)})`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function bad(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', message);
}
