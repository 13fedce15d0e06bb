import { readCertificate, type AppFacts, type Attempt, type Evidence } from '@altname/core';
import type { Expected } from '../server.ts';
import type { CertificateSpec, World } from '../world.ts';

/** Evidence made by hand, for what no server can show to the Node that runs here. */
export interface Exhibit {
  readonly group: string;
  readonly name: string;
  readonly title: string;
  /** Why no server of the estate shows it. */
  readonly reason: string;
  evidence(world: World): Promise<Evidence>;
  readonly expected: Expected;
}

/** What differs from one exhibit to the next. */
interface ExhibitSpec extends Pick<Evidence, 'target' | 'names' | 'client'> {
  /** The Node version that it was seen on. */
  readonly node: string;
  readonly certificate: CertificateSpec;
  /** For a connection seen inside the program that made it. */
  readonly app?: AppFacts;
  /** The outcome of the first attempt, given the fingerprint of the certificate. */
  readonly outcome: (leaf: string) => Attempt['outcome'];
}

/** Evidence of one attempt, complete. */
export async function exhibitEvidence(world: World, spec: ExhibitSpec): Promise<Evidence> {
  const { target, names, client, node, app } = spec;
  const leaf = readCertificate((await world.issue(spec.certificate)).cert).toJSON();
  const outcome = spec.outcome(leaf.fingerprints.sha256);
  const { address, port } = names.dialled;
  return {
    version: 1,
    target,
    names: { ...names, presented: outcome.kind === 'handshake' ? leaf.names : null },
    attempts: [{ purpose: 'client', address, port, sent: names.sent.value, outcome, ms: 12 }],
    certificates: outcome.kind === 'handshake' ? { [leaf.fingerprints.sha256]: leaf } : {},
    trust: { used: ['ca'], given: [leaf.issuer.text], file: null, relatedRoot: null },
    clock: new Date().toISOString(),
    serverClock: null,
    node: { version: node, openssl: '3.5.7' },
    client,
    starttls: null,
    servernameAlsoFor: [],
    ...(app === undefined ? {} : { app }),
  };
}

/** A handshake with a trusted chain, and a name that fits. */
export function acceptedAs(leaf: string): Attempt['outcome'] {
  return handshake(leaf, null, null);
}

/** A handshake with a trusted chain, and what Node said of the name. */
export function nameRefused(leaf: string, reason: string): Attempt['outcome'] {
  const message = `Hostname/IP does not match certificate's altnames: ${reason}`;
  return handshake(leaf, null, { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message });
}

/** A handshake with a chain that Node refuses, and a name that fits. */
export function chainRefused(leaf: string, code: string, message: string): Attempt['outcome'] {
  return handshake(leaf, { code, message }, null);
}

type Handshake = Extract<Attempt['outcome'], { kind: 'handshake' }>;

function handshake(
  leaf: string,
  chainError: Handshake['chainError'],
  nameError: Handshake['nameError'],
): Handshake {
  return {
    kind: 'handshake',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    alpn: null,
    chain: [leaf],
    chainFrom: 'wire',
    chainError,
    nameError,
    asksForClientCertificate: false,
    serverNameConfirmed: false,
    alertAfter: null,
  };
}
