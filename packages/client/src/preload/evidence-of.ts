import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import {
  errorFacts,
  failureOutcome,
  isChainVerdict,
  readCertificate,
  type AppFacts,
  type CertificateFacts,
  type ClientName,
  type ErrorFacts,
  type Evidence,
  type Outcome,
} from '@altname/core';
import { defaultRootOf } from './default-root.ts';
import type { Library } from './library.ts';
import { undiciTimeout } from './shown.ts';
import type { ConnectOptions, Shown, Sighting, Switch } from './sighting.ts';
import type { OwnNames } from './six-names.ts';

/** What the preload knows beside the sighting itself. */
export interface Surroundings {
  readonly names: OwnNames;
  readonly library: Library;
  readonly callSite: string | null;
  /** What Node said; null when it said nothing, because it was told not to. */
  readonly error: unknown;
  /** Other hosts that were dialled with the same `servername`. */
  readonly servernameAlsoFor: readonly string[];
}

/** What was seen of one connection, as evidence: what `diagnose` needs, and nothing of the program but names. */
export function evidenceOf(sighting: Sighting, around: Surroundings): Evidence {
  const { names, library, callSite, servernameAlsoFor } = around;
  const error = around.error === null ? null : errorFacts(around.error);
  const shown = sighting.shown ?? shownByError(around.error, error);
  const certificates = shown === null ? [] : shown.chain.flatMap(readable);
  const leaf = certificates[0] ?? null;
  const outcome = outcomeOf(
    error,
    shown,
    certificates,
    names.checked.value ?? '',
    sighting.state === 'secure',
  );
  const app: AppFacts = {
    callSite,
    library: library.text,
    leg: library.leg,
    verification: sighting.switch === null ? 'full' : verifications[sighting.switch],
  };
  const { options } = sighting;
  return {
    version: 1,
    target: `${bracketed(names.asked.value ?? names.dialled.host)}:${names.dialled.port}`,
    names: { ...names, presented: leaf?.names ?? null },
    attempts: [
      {
        purpose: 'client',
        address: names.dialled.address,
        port: names.dialled.port,
        sent: names.sent.value,
        outcome,
        ms: Math.round(performance.now() - sighting.started),
      },
    ],
    certificates: Object.fromEntries(certificates.map((each) => [each.fingerprints.sha256, each])),
    trust: trustOf(options, outcome, shown),
    clock: new Date().toISOString(),
    serverClock: null,
    node: { version: process.version, openssl: process.versions.openssl },
    client: library.client,
    starttls: startTlsOf(sighting, library),
    servernameAlsoFor,
    app,
  };
}

function trustOf({ ca }: ConnectOptions, outcome: Outcome, shown: Shown | null): Evidence['trust'] {
  if (ca === undefined || ca === null) {
    const extra = process.env['NODE_EXTRA_CA_CERTS'];
    const used: Evidence['trust']['used'] = ['bundled', ...(extra ? (['extra'] as const) : [])];
    return { used, given: [], file: extra ?? null, relatedRoot: null };
  }
  const refused = outcome.kind === 'handshake' && outcome.chainError !== null;
  const defaultRoot = refused ? defaultRootOf(shown?.chain ?? []) : null;
  return { used: ['ca'], given: [], file: null, relatedRoot: null, defaultRoot };
}

/** The protocol that was spoken before TLS, by a client that knows the way both with and without it. */
function startTlsOf({ options }: Sighting, { client, leg }: Library): string | null {
  const isLater = typeof options.socket === 'object' && options.socket !== null && leg === 'direct';
  // TDS 8, where TLS comes first, is told by its ALPN name ([MS-TDS] 2.1).
  return isLater && options.ALPNProtocols === undefined ? (startTls[client] ?? null) : null;
}

const startTls: Readonly<Partial<Record<ClientName, string>>> = {
  nodemailer: 'smtp',
  imapflow: 'imap',
  'basic-ftp': 'ftp',
  pg: 'postgres',
  postgres: 'postgres',
  mysql2: 'mysql',
  tedious: 'tds',
};

const verifications: Readonly<Record<Switch, AppFacts['verification']>> = {
  option: 'off-by-option',
  environment: 'off-by-environment',
  identity: 'name-not-checked',
};

function outcomeOf(
  error: ErrorFacts | null,
  shown: Shown | null,
  chain: readonly CertificateFacts[],
  checked: string,
  after: boolean,
): Outcome {
  if (error !== null && error.code === 'ERR_INVALID_ARG_VALUE') return { kind: 'client-refused', error };
  if (error?.code === undiciTimeout) return { kind: 'timeout', during: 'handshake' };
  const failed = error === null ? null : failureOutcome(error);
  const alert = failed?.kind === 'alert' ? failed.alert : null;
  if (shown === null || (alert !== null && !after))
    return failed ?? { kind: 'error', error: { code: null, message: '' } };
  const ofName = error !== null && (error.code ?? '').startsWith('ERR_TLS_CERT_ALTNAME');
  const ofChain = error !== null && isChainVerdict(error.code) ? error : null;
  return {
    kind: 'handshake',
    protocol: shown.protocol,
    cipher: shown.cipher,
    alpn: shown.alpn,
    chain: chain.map(({ fingerprints }) => fingerprints.sha256),
    chainFrom: 'node',
    chainError: shown.chainError ?? ofChain,
    nameError: ofName ? error : nameErrorOf(shown, checked),
    asksForClientCertificate: null,
    serverNameConfirmed: null,
    alertAfter: after ? alert : null,
  };
}

/** What Node says of the name, asked apart: it stops at an untrusted chain, and does not ask when it is told not to. */
function nameErrorOf(shown: Shown, checked: string): ErrorFacts | null {
  const der = shown.chain[0];
  if (der === undefined) return null;
  try {
    const certificate = new X509Certificate(der).toLegacyObject() as tls.PeerCertificate;
    const error = identity(checked, certificate);
    return error === undefined ? null : errorFacts(error);
  } catch (error) {
    return errorFacts(error);
  }
}

/** Node's own, whatever the program puts in its place. */
const identity = tls.checkServerIdentity;

/** The certificate that Node hangs on its error about the name. */
function shownByError(thrown: unknown, error: ErrorFacts | null): Shown | null {
  if (error?.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return null;
  const chain: Uint8Array[] = [];
  let next = (thrown as { cert?: Partial<tls.DetailedPeerCertificate> }).cert;
  const seen = new Set<unknown>();
  while (next?.raw instanceof Uint8Array && !seen.has(next) && chain.length < 32) {
    seen.add(next);
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return { chain, chainError: null, protocol: '', cipher: null, alpn: null };
}

function readable(der: Uint8Array): CertificateFacts[] {
  try {
    return [readCertificate(der).toJSON()];
  } catch {
    return [];
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
