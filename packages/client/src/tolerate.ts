import {
  AltnameError,
  checkServerIdentity,
  parseIdentifier,
  printable,
  type PeerCertificateLike,
} from '@altname/core';
import type { IdentityCheck } from './expect-name.ts';
import { keptApart, type Apart } from './kept-apart.ts';
import {
  isNameCause,
  readTolerateOptions,
  type ToleratedCause,
  type ToleratedFault,
  type TolerateOptions,
} from './tolerate-options.ts';
import { faultOf } from './tolerated-fault.ts';

/** A type that no object has that is written by hand, nor a copy of one that was made here. */
declare abstract class Made {
  protected readonly made: true;
}

/** One fault that is tolerated. Frozen; verification stays on. */
export interface Toleration<Cause extends ToleratedCause = ToleratedCause> extends Made {
  readonly cause: Cause;
  readonly name: string;
  /** `YYYY-MM-DD`, in UTC. */
  readonly until: string;
  readonly reason: string;
  /**
   * For where `rejectUnauthorized: false` stood: `{ ...options, ...tolerate({ … }).tls }`. With `connection`, its
   * option `tolerate` is the place.
   */
  readonly tls: TolerationTls;
}

/**
 * Options of `tls.connect`, and of every client that passes them on to it. Frozen. No session is resumed: each handshake
 * is judged, so that the toleration ends on its day.
 */
export interface TolerationTls extends Apart {
  readonly rejectUnauthorized: true;
  readonly checkServerIdentity: IdentityCheck;
  /** The one certificate, where it is pinned for a fault of the chain. */
  readonly ca?: string;
  readonly allowPartialTrustChain?: true;
}

/**
 * Accepts exactly one named fault of one endpoint until a date, in development: the narrow replacement for switching
 * verification off. It says so on stderr, once per process. Whatever else is wrong is still refused:
 *
 * | wrong with the connection                       | result   |
 * |-------------------------------------------------|----------|
 * | nothing                                         | accepted |
 * | `cause`, and nothing else                       | accepted |
 * | `cause` and another fault; another fault        | refused  |
 * | `cause`, for another name                       | refused  |
 * | `cause`, in a process that has run past `until` | refused  |
 *
 * A fault of the names is what `altname check` calls it, as far as the certificate and the name alone tell; that the
 * chain is trusted and in date has been verified before. A fault of the chain (`self-signed`, `issuer-unknown`,
 * `intermediate-missing`) needs `certificate`, the server's own, and no other one is accepted: who answers has proven
 * that its key is theirs. `expired` cannot be tolerated: Node has no way to pass over the date and nothing else.
 *
 * @throws {AltnameError} `ALTNAME_NOT_IN_PRODUCTION` when NODE_ENV is `production`; `ALTNAME_TOLERATION_OVER` after
 *   `until`; `ALTNAME_BAD_OPTION`, in one line that names the option.
 */
export function tolerate<const Cause extends ToleratedCause>(
  options: TolerateOptions & { readonly cause: Cause },
): Toleration<Cause> {
  if (isProduction()) {
    throw new AltnameError(
      'ALTNAME_NOT_IN_PRODUCTION',
      'tolerate: NODE_ENV is production, where no fault is tolerated: mend it, or do not load this there',
    );
  }
  const fault = readTolerateOptions(options);
  const { cause, name, until, reason, certificate } = fault;
  if (isOver(fault)) {
    throw new AltnameError(
      'ALTNAME_TOLERATION_OVER',
      `tolerate: ${cause} of ${name} was tolerated until ${until} (${printable(reason, 200)}): mend it, or decide again`,
    );
  }
  const made = Object.freeze({
    cause,
    name,
    until,
    reason,
    tls: Object.freeze({
      rejectUnauthorized: true,
      checkServerIdentity: isNameCause(cause) ? nameCheck(fault) : pinCheck(fault),
      ...(isNameCause(cause) || certificate === null
        ? {}
        : { ca: certificate.pem, allowPartialTrustChain: true }),
      ...keptApart(cause, name, until, certificate?.fingerprints.sha256),
    } as const),
  }) as unknown as Toleration<Cause>;
  all.add(made);
  sayOnce(fault);
  return made;
}

/** Whether {@link tolerate} made it. What looks like one may carry anything. */
export function isToleration(given: unknown): given is Toleration {
  return all.has(given as Toleration);
}

const all = new WeakSet<Toleration>();
const said = new Set<string>();

/** The chain has been verified; a wrong name is passed over when it is wrong in the one way. */
function nameCheck(fault: ToleratedFault): IdentityCheck {
  const { cause, name } = fault;
  return (host, presented) => {
    const refusal = checkServerIdentity(host, presented);
    if (refusal === undefined || !isName(host, name)) return refusal;
    if (isProduction() || isOver(fault))
      return refuse(host, presented, `${refusal.reason}; ${lapsed(fault)}`);
    const found = readFault(name, presented);
    if (found === cause && (fault.certificate === null || isPinned(fault, presented))) return undefined;
    const why =
      found === cause
        ? `it is not the certificate for which ${cause} is tolerated`
        : `tolerated is ${cause}, and this is ${found ?? 'something else'}`;
    return refuse(host, presented, `${refusal.reason}; ${why}`);
  };
}

/** The chain ends in the pinned certificate, which alone is trusted: it has to be that one, and right in all else. */
function pinCheck(fault: ToleratedFault): IdentityCheck {
  return (host, presented) => {
    if (isProduction() || isOver(fault)) return refuse(host, presented, lapsed(fault));
    if (!isName(host, fault.name)) {
      return refuse(host, presented, `${fault.cause} is tolerated for ${fault.name} alone`);
    }
    if (!isPinned(fault, presented)) {
      return refuse(host, presented, `it is not the certificate for which ${fault.cause} is tolerated`);
    }
    return checkServerIdentity(host, presented);
  };
}

function readFault(name: string, presented: PeerCertificateLike): string | null {
  try {
    return faultOf(name, presented);
  } catch {
    // What cannot be read cannot be tolerated.
    return null;
  }
}

function isPinned({ certificate }: ToleratedFault, { raw }: PeerCertificateLike): boolean {
  return certificate !== null && raw !== undefined && Buffer.compare(raw, certificate.der) === 0;
}

function isName(host: string, name: string): boolean {
  try {
    return parseIdentifier(host).value === name;
  } catch {
    return false;
  }
}

function isOver({ until }: ToleratedFault): boolean {
  return Date.now() > Date.parse(`${until}T23:59:59.999Z`);
}

/** `Production` and `prod` are meant to be it, too. */
function isProduction(): boolean {
  return /^prod(?:uction)?$/i.test((process.env['NODE_ENV'] ?? '').trim());
}

function lapsed({ cause, name, until }: ToleratedFault): string {
  return `${cause} of ${name} was tolerated until ${until}, outside production`;
}

/** As Node's own error for a wrong name. */
function refuse(host: string, cert: PeerCertificateLike, reason: string): Error {
  const error = new Error(`Hostname/IP does not match certificate's altnames: ${reason}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID', reason, host, cert });
}

function sayOnce(fault: ToleratedFault): void {
  const { cause, name, until, reason } = fault;
  const line = `altname: tolerating ${cause} of ${name} until ${until}: ${printable(reason, 200)} (all else is still refused)\n`;
  if (said.has(line)) return;
  said.add(line);
  process.stderr.write(line);
}
