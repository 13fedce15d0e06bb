import { AltnameError, checkServerIdentity, printable, type Certificate } from '@altname/core';
import { readCertificateSource, type CertificateSource } from './certificates.ts';
import { readName } from './server-name.ts';
import { nameCauses, type NameCause } from './tolerated-fault.ts';

/** A fault of the chain. Node judges it before anything else can be asked, so the one certificate has to be pinned. */
export type ChainCause = (typeof chainCauses)[number];

/** A fault that can be tolerated, by its code in the catalogue of findings. */
export type ToleratedCause = NameCause | ChainCause;

/** What `tolerate` takes. */
export type TolerateOptions = Endpoint &
  (
    | {
        readonly cause: NameCause;
        /** The server's own certificate. Without it, any that a trusted CA has issued will do, with this fault alone. */
        readonly certificate?: CertificateSource;
      }
    | {
        readonly cause: ChainCause;
        /** The server's own certificate: no other one is accepted. */
        readonly certificate: CertificateSource;
      }
  );

interface Endpoint {
  /** The name that is checked: DNS name or IP address. For every other one, nothing is tolerated. */
  readonly name: string;
  /** The last day, `YYYY-MM-DD` in UTC. */
  readonly until: `${number}-${number}-${number}`;
  readonly where: 'development';
  /** Why, for those who read it at each start. */
  readonly reason: string;
  /** Verification stays on. */
  readonly rejectUnauthorized?: never;
}

/** {@link TolerateOptions}, read. */
export interface ToleratedFault {
  readonly cause: ToleratedCause;
  readonly name: string;
  readonly until: string;
  readonly reason: string;
  readonly certificate: Certificate | null;
}

const chainCauses = ['self-signed', 'issuer-unknown', 'intermediate-missing'] as const;
const known = ['cause', 'name', 'until', 'where', 'reason', 'certificate'];

/** Whether a fault is one of the names, which is judged after the chain. */
export function isNameCause(cause: unknown): cause is NameCause {
  return (nameCauses as readonly unknown[]).includes(cause);
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option. */
export function readTolerateOptions(options: TolerateOptions): ToleratedFault {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const option of Object.keys(given)) {
    if (!known.includes(option))
      throw bad(printable(option, 60), `there is no such option (${known.join(', ')})`);
  }
  const { where, until, reason } = given;
  const cause = readCause(given['cause']);
  const name = readName('tolerate: name', given['name']).value;
  if (where !== 'development') throw bad('where', `'development' is the only place`);
  if (typeof until !== 'string' || !isDate(until)) throw bad('until', 'a date is expected, as YYYY-MM-DD');
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw bad('reason', 'say why, for those who read it at each start');
  }
  return {
    cause,
    name,
    until,
    reason: reason.trim(),
    certificate: readPin(cause, name, given['certificate']),
  };
}

function readCause(cause: unknown): ToleratedCause {
  if (isNameCause(cause) || (chainCauses as readonly unknown[]).includes(cause))
    return cause as ToleratedCause;
  if (cause === 'expired' || cause === 'not-yet-valid') {
    throw bad(
      'cause',
      `${cause} cannot be tolerated: Node judges the date with the whole chain, and cannot pass over it alone; renew the certificate`,
    );
  }
  const shown = typeof cause === 'string' ? `"${printable(cause, 60)}"` : 'that';
  throw bad(
    'cause',
    `${shown} is no fault that can be tolerated (${[...nameCauses, ...chainCauses].join(', ')})`,
  );
}

/** A date of the calendar: `2026-02-30` is none. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The pinned certificate: for a fault of the chain, one that has this fault and no other. */
function readPin(cause: ToleratedCause, name: string, source: unknown): Certificate | null {
  if (source === undefined) {
    if (isNameCause(cause)) return null;
    throw bad(
      'certificate',
      `${cause} is tolerated for one certificate alone: give the server's own, from a source you trust`,
    );
  }
  const [certificate, ...more] = readCertificateSource('tolerate: certificate', source);
  if (certificate === undefined || more.length > 0)
    throw bad('certificate', `the server's own alone is expected`);
  if (isNameCause(cause)) return certificate;
  const isSelfSigned = cause === 'self-signed';
  if (certificate.selfSigned !== isSelfSigned) {
    throw bad(
      'certificate',
      isSelfSigned
        ? `it is not self-signed; the cause is issuer-unknown`
        : 'it is self-signed: name that cause',
    );
  }
  const refusal = checkServerIdentity(name, { raw: certificate.der });
  if (refusal !== undefined)
    throw bad('certificate', `it has a second fault: ${printable(refusal.reason, 300)}`);
  if (!((certificate.notAfter?.getTime() ?? 0) > Date.now()))
    throw bad('certificate', 'it is expired, which is a second fault');
  return certificate;
}

function bad(option: string, why: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', `tolerate: ${option}: ${why}`);
}
