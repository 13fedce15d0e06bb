import { createHash } from 'node:crypto';
import type { CertificateFacts } from '../src/certificate/certificate.ts';
import type { DistinguishedName } from '../src/certificate/distinguished-name.ts';
import type {
  AppFacts,
  Attempt,
  ChosenName,
  Dialled,
  Evidence,
  Outcome,
  PlainProtocol,
  Purpose,
} from '../src/diagnosis/evidence.ts';
import { readIdentifier } from '../src/names/identifier.ts';
import type { PresentedNames } from '../src/names/presented.ts';

// Evidence is plain data, so it can be written by hand: what no server shows on purpose, and what comes near a finding
// without being one.

/** The clock of all evidence here. */
export const clock = '2026-11-23T12:00:00.000Z';

/** What a certificate says. Without more it is the leaf of {@link testRoot}, valid for 90 days, with no name on it. */
export interface CertificateSpec {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly others?: PresentedNames['others'];
  readonly san?: PresentedNames['san'];
  /** `O=Shop` when not given; the values of CN are its common names. */
  readonly subject?: Readonly<Record<string, string>>;
  /** A certificate whose subject it is; `itself` for a self-signed one. */
  readonly by?: CertificateFacts | 'itself';
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly nameConstraints?: CertificateFacts['nameConstraints'];
  readonly caIssuers?: readonly string[];
}

const everIssued = new Map<string, CertificateFacts>();

export function certificate(spec: CertificateSpec = {}): CertificateFacts {
  const { dns = [], ip = [], others = [], by = testRoot } = spec;
  const named = dns.length + ip.length + others.length > 0;
  const subject = distinguishedName(spec.subject ?? { O: 'Shop' });
  const commonNames = subject.attributes.filter(({ type }) => type === 'CN').map(({ value }) => value);
  const facts = {
    names: { san: spec.san ?? (named ? 'present' : 'absent'), dns, ip, others, commonNames },
    subject,
    issuer: by === 'itself' ? subject : by.subject,
    notBefore: spec.notBefore ?? '2026-10-01T00:00:00.000Z',
    notAfter: spec.notAfter ?? '2026-12-30T00:00:00.000Z',
    serialNumber: '2a',
    key: { type: 'EC', bits: null, curve: 'P-256' },
    signatureAlgorithm: 'ECDSA SHA-256',
    basicConstraints: null,
    nameConstraints: spec.nameConstraints ?? null,
    keyUsage: null,
    extendedKeyUsage: null,
    subjectKeyId: null,
    authorityKeyId: null,
    caIssuers: spec.caIssuers ?? [],
    selfIssued: by === 'itself',
    selfSigned: by === 'itself',
  } as const;
  const digest = (algorithm: string): string =>
    createHash(algorithm).update(JSON.stringify(facts)).digest('hex');
  const issued = { ...facts, fingerprints: { sha256: digest('sha256'), sha1: digest('sha1') } };
  everIssued.set(issued.fingerprints.sha256, issued);
  return issued;
}

function distinguishedName(attributes: Readonly<Record<string, string>>): DistinguishedName {
  const list = Object.entries(attributes).map(([type, value]) => ({ type, value }));
  return { text: list.map(({ type, value }) => `${type}=${value}`).join(', '), attributes: list };
}

/** A root that nobody knows but who was given it. */
export const testRoot: CertificateFacts = certificate({
  subject: { CN: 'Test Root CA', O: 'Test Trust' },
  by: 'itself',
});

type Handshake = Extract<Outcome, { kind: 'handshake' }>;

interface ShownSpec extends Partial<Omit<Handshake, 'kind' | 'chain' | 'chainError' | 'nameError'>> {
  /** Node's code for the chain; trusted when not given. */
  readonly chainError?: string;
  /** What Node says of the name after `altnames: `; nothing when not given. */
  readonly nameError?: string;
}

/** A handshake that brought these certificates, leaf first. */
export function shown(
  chain: CertificateFacts | readonly CertificateFacts[],
  { chainError, nameError, ...rest }: ShownSpec = {},
): Handshake {
  return {
    kind: 'handshake',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    alpn: null,
    chain: [chain].flat().map(({ fingerprints }) => fingerprints.sha256),
    chainFrom: 'node',
    chainError:
      chainError === undefined ? null : { code: chainError, message: chainTexts[chainError] ?? chainError },
    nameError:
      nameError === undefined
        ? null
        : {
            code: 'ERR_TLS_CERT_ALTNAME_INVALID',
            message: `Hostname/IP does not match certificate's altnames: ${nameError}`,
          },
    asksForClientCertificate: false,
    serverNameConfirmed: null,
    alertAfter: null,
    ...rest,
  };
}

const chainTexts: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  INVALID_PURPOSE: 'unsuitable certificate purpose',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  UNSPECIFIED: 'permitted subtree violation',
};

const alertNames: Readonly<Record<number, string>> = {
  40: 'handshake_failure',
  70: 'protocol_version',
  80: 'internal_error',
  112: 'unrecognized_name',
  116: 'certificate_required',
};

/** An alert in place of a certificate. */
export function alert(number: number, asksForClientCertificate: boolean | null = null): Outcome {
  const name = alertNames[number] ?? 'unknown';
  const text = `SSL routines:ssl3_read_bytes:tlsv1 ${name.replaceAll('_', ' ')}:SSL alert number ${number}`;
  return {
    kind: 'alert',
    alert: { number, name },
    error: { code: `ERR_SSL_TLSV1_${name.toUpperCase()}`, message: text },
    asksForClientCertificate,
  };
}

/** Closed in the middle of the handshake. */
export const closed: Outcome = {
  kind: 'reset',
  error: {
    code: 'ECONNRESET',
    message: 'Client network socket disconnected before secure TLS connection was established',
  },
};

/** Something that is no TLS. */
export function spoke(speaks: PlainProtocol | null, sample: string): Outcome {
  return { kind: 'not-tls', speaks, sample };
}

/** No connection, with Node's code for it. */
export function noConnection(kind: 'refused' | 'unreachable', code: string): Outcome {
  return { kind, error: { code, message: `connect ${code}` } };
}

/** A further attempt: beside what is given, like the client's own. */
export interface FurtherAttempt {
  readonly purpose: Purpose;
  readonly sent: string | null;
  readonly outcome: Outcome;
  readonly address?: string;
}

/** What differs from a client of node:https that asks a server of that name at 192.0.2.10. */
export interface EvidenceSpec extends Partial<
  Pick<Evidence, 'target' | 'client' | 'serverClock' | 'starttls' | 'servernameAlsoFor' | 'clock'>
> {
  readonly asked: string;
  readonly dialled?: Partial<Dialled>;
  readonly sent?: ChosenName;
  readonly checked?: ChosenName;
  readonly host?: ChosenName;
  /** The outcome of the client's own attempt. */
  readonly own: Outcome;
  readonly further?: readonly FurtherAttempt[];
  readonly trust?: Partial<Evidence['trust']>;
  readonly node?: string;
  readonly ms?: number;
  /** Seen inside a program, in its one attempt. What is not given is that of a plain call. */
  readonly app?: Partial<AppFacts>;
}

const plainCall: AppFacts = {
  callSite: 'src/pay.ts:42:18',
  library: null,
  leg: 'direct',
  verification: 'full',
};

/** Evidence, complete. Sent and checked follow Node's rules unless they are given. */
export function evidence(spec: EvidenceSpec): Evidence {
  const { asked, own, further = [] } = spec;
  const read = readIdentifier(asked);
  const isAddress = typeof read !== 'string' && read.kind === 'ip';
  const byUrl: ChosenName = { value: asked, from: 'url' };
  const sent = spec.sent ?? (isAddress ? { value: null, from: 'not-sent-for-ip' } : byUrl);
  const chosen = sent.from === 'option-servername' || sent.from === 'host-header';
  const address = isAddress ? asked : '192.0.2.10';
  const dialled: Dialled = {
    host: asked,
    port: 443,
    address,
    addresses: [address],
    cnames: [],
    searchDomain: null,
    from: isAddress ? 'literal' : 'dns',
    ...spec.dialled,
  };
  const client: FurtherAttempt = { purpose: 'client', sent: sent.value, outcome: own };
  const attempts = [client, ...further].map((each): Attempt => ({
    address: dialled.address,
    ...each,
    port: dialled.port,
    ms: spec.ms ?? 20,
  }));
  const prints = attempts.flatMap(({ outcome }) => (outcome.kind === 'handshake' ? outcome.chain : []));
  const seen = new Map(prints.flatMap((print) => certificateOf(print)));
  return {
    version: 1,
    target: spec.target ?? `https://${asked.includes(':') ? `[${asked}]` : asked}/`,
    names: {
      asked: byUrl,
      dialled,
      sent,
      checked: spec.checked ?? (chosen ? sent : byUrl),
      host: spec.host ?? byUrl,
      presented: prints[0] === undefined ? null : (seen.get(prints[0])?.names ?? null),
    },
    attempts,
    certificates: Object.fromEntries(seen),
    trust: { used: ['bundled'], given: [], file: null, relatedRoot: null, ...spec.trust },
    clock: spec.clock ?? clock,
    serverClock: spec.serverClock ?? null,
    node: { version: spec.node ?? 'v24.21.0', openssl: '3.5.7' },
    client: spec.client ?? null,
    starttls: spec.starttls ?? null,
    servernameAlsoFor: spec.servernameAlsoFor ?? [],
    ...(spec.app === undefined ? {} : { app: { ...plainCall, ...spec.app } }),
  };
}

function certificateOf(print: string): [string, CertificateFacts][] {
  const facts = everIssued.get(print);
  return facts === undefined ? [] : [[print, facts]];
}
