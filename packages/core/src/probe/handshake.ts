import net from 'node:net';
import tls from 'node:tls';
import type { ErrorFacts, Outcome } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';
import { alertInMessage } from './alerts.ts';
import { startTls, StartTlsError } from './starttls.ts';
import type { ProbeOptions, StartTls } from './options.ts';

/** One handshake to make. */
export interface HandshakeSpec {
  /** The host, for Node's own messages. */
  readonly host: string;
  /** Dialled in this order, as Node's `lookup` would give them. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The server name to send; null for none. */
  readonly sent: string | null;
  /** The name Node compares with the certificate. */
  readonly checked: string;
  /** As Node's `ca`; undefined for the default roots. */
  readonly ca: string | readonly string[] | undefined;
  readonly starttls: StartTls | null;
  readonly versions: Pick<ProbeOptions, 'minVersion' | 'maxVersion'>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** What came back, with the certificates as DER, leaf first. */
export interface HandshakeResult {
  readonly outcome: Outcome;
  readonly chain: readonly Uint8Array[];
  readonly address: string | null;
  readonly ms: number;
}

/** Nobody sends more; OpenSSL itself stops at about 100 kB of chain. */
const longestChain = 32;

/** How long a server that asked for a client certificate gets to say that it wanted one (RFC 8446 §4.4.2.4). */
const afterwards = 300;

/** What was seen of the server before Node judged it. */
interface Seen {
  chain: Uint8Array[];
  protocol: string;
  cipher: string | null;
  alpn: string | null;
  nameError: ErrorFacts | null;
  asksForClientCertificate: boolean;
}

/**
 * One handshake through Node's own `tls`, with verification on, so that its error is the one the user's Node gives.
 * What the server showed is read just before Node judges it: an untrusted chain does not hide a wrong name.
 * Never rejects; ends within `timeout`.
 */
export async function handshake(spec: HandshakeSpec): Promise<HandshakeResult> {
  const started = performance.now();
  const result = await new Promise<Omit<HandshakeResult, 'ms'>>((resolve) => attempt(spec, resolve));
  return { ...result, ms: Math.round(performance.now() - started) };
}

function attempt(spec: HandshakeSpec, resolve: (result: Omit<HandshakeResult, 'ms'>) => void): void {
  let seen: Seen | null = null;
  let during: 'connect' | 'starttls' | 'handshake' = 'connect';
  let settled = false;
  let secure: tls.TLSSocket | undefined;
  let address: string | null = spec.addresses.length === 1 ? (spec.addresses[0] ?? null) : null;
  const raw = net.connect({
    host: spec.host,
    port: spec.port,
    lookup: (_host, options, answer) => giveAddresses(spec.addresses, options.all === true, answer),
  });

  const finish = (outcome: Outcome): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    spec.signal?.removeEventListener('abort', stop);
    resolve({ outcome, chain: seen?.chain ?? [], address });
    secure?.destroy();
    raw.destroy();
  };
  const stop = (): void => finish({ kind: 'timeout', during });
  const timer = setTimeout(stop, spec.timeout);
  spec.signal?.addEventListener('abort', stop, { once: true });
  const fail = (error: unknown): void => finish(outcomeOf(error, seen, during));

  raw.on('error', fail);
  raw.once('connect', () => {
    address = raw.remoteAddress ?? address;
    if (spec.starttls === null) return upgrade();
    during = 'starttls';
    startTls(raw, spec.starttls, spec.checked).then(upgrade, fail);
    return undefined;
  });

  const upgrade = (): void => {
    if (settled) return;
    during = 'handshake';
    try {
      secure = connectTls(raw, spec);
    } catch (error) {
      finish({ kind: 'client-refused', error: errorFacts(error) });
      return;
    }
    const socket = secure;
    socket.prependListener('secure', () => {
      seen = look(socket, spec.checked);
    });
    socket.on('error', fail);
    socket.once('close', () =>
      fail(Object.assign(new Error('closed before the handshake was done'), { code: 'ECONNRESET' })),
    );
    socket.once('secureConnect', () => {
      const accepted = seen ?? look(socket, spec.checked);
      seen = accepted;
      const done = (): void => finish(handshakeOutcome(accepted, null));
      if (!accepted.asksForClientCertificate || accepted.protocol !== 'TLSv1.3') return done();
      socket.once('session', done);
      socket.once('end', done);
      socket.resume();
      setTimeout(done, afterwards);
      return undefined;
    });
  };
}

function connectTls(raw: net.Socket, spec: HandshakeSpec): tls.TLSSocket {
  const quiet = process.noDeprecation === true;
  // DEP0123: the finding sni-is-ip says it; the runtime need not say it once more on stderr.
  process.noDeprecation = true;
  try {
    return tls.connect({
      socket: raw,
      servername: spec.sent ?? '',
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(spec.checked, certificate),
      ...(spec.ca === undefined ? {} : { ca: spec.ca as string | string[] }),
      ...spec.versions,
    });
  } finally {
    process.noDeprecation = quiet;
  }
}

/** Reads what the server showed. Called before Node judges it, when the socket is still there to be asked. */
function look(socket: tls.TLSSocket, checked: string): Seen {
  const certificate = socket.getPeerCertificate(true);
  const chain: Uint8Array[] = [];
  let next: tls.DetailedPeerCertificate | undefined = certificate;
  while (next?.raw !== undefined && chain.length < longestChain) {
    chain.push(next.raw);
    if (next.issuerCertificate === next) break;
    next = next.issuerCertificate;
  }
  let nameError: ErrorFacts | null = null;
  try {
    const error = chain.length === 0 ? undefined : tls.checkServerIdentity(checked, certificate);
    if (error !== undefined) nameError = errorFacts(error);
  } catch (error) {
    // Node throws for a subjectAltName it finds unsafe to show (ERR_TLS_CERT_ALTNAME_FORMAT).
    nameError = errorFacts(error);
  }
  return {
    chain,
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.standardName ?? null,
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
    nameError,
    // OpenSSL fills these for a client from the CertificateRequest alone.
    asksForClientCertificate: (socket.getSharedSigalgs() as unknown as readonly string[]).length > 0,
  };
}

function handshakeOutcome(seen: Seen, chainError: ErrorFacts | null, late?: ErrorFacts): Outcome {
  return {
    kind: 'handshake',
    protocol: seen.protocol,
    cipher: seen.cipher,
    alpn: seen.alpn,
    chain: [],
    chainFrom: 'node',
    chainError,
    nameError: seen.nameError,
    asksForClientCertificate: seen.asksForClientCertificate,
    serverNameConfirmed: null,
    alertAfter: late === undefined ? null : alertInMessage(late.message),
  };
}

function outcomeOf(error: unknown, seen: Seen | null, during: 'connect' | 'starttls' | 'handshake'): Outcome {
  if (error instanceof StartTlsError) {
    return { kind: 'starttls-failed', protocol: error.protocol, sample: printable(error.sample, 200) };
  }
  const facts = errorFacts(error);
  const { code, message } = facts;
  if (seen !== null && seen.chain.length > 0) {
    const alert = alertInMessage(message);
    if (alert !== null || code === 'ECONNRESET' || code === 'EPIPE')
      return handshakeOutcome(seen, null, facts);
    const aboutName = code?.startsWith('ERR_TLS_CERT_ALTNAME') === true;
    return handshakeOutcome(aboutName ? { ...seen, nameError: facts } : seen, aboutName ? null : facts);
  }
  const alert = alertInMessage(message);
  if (alert !== null) return { kind: 'alert', alert, error: facts, asksForClientCertificate: null };
  if (during === 'connect')
    return code === 'ECONNREFUSED' ? { kind: 'refused', error: facts } : connectOutcome(facts);
  if (notTls.test(`${code} ${message}`)) return { kind: 'not-tls', speaks: null, sample: '' };
  if (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    /disconnected before secure|socket hang up/.test(message)
  ) {
    return { kind: 'reset', error: facts };
  }
  return { kind: 'error', error: facts };
}

const notTls =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|wrong version number|packet length too long|record layer failure|RECORD_LAYER_FAILURE/i;

function connectOutcome(error: ErrorFacts): Outcome {
  if (error.code === 'ETIMEDOUT') return { kind: 'timeout', during: 'connect' };
  if (error.code === 'ECONNRESET') return { kind: 'reset', error };
  return { kind: 'unreachable', error };
}

/** Code and message of what was thrown, escaped: an error text can carry what the server sent. */
function errorFacts(error: unknown): ErrorFacts {
  const thrown = error as {
    code?: unknown;
    message?: unknown;
    errors?: { code?: unknown; message?: unknown }[];
  };
  const inner = thrown.errors?.[0];
  const code = typeof thrown.code === 'string' ? thrown.code : inner?.code;
  const message = String(thrown.message || inner?.message || error);
  return { code: typeof code === 'string' ? code : null, message: printable(message, 1000) };
}

function giveAddresses(
  addresses: readonly string[],
  all: boolean,
  answer: (
    error: NodeJS.ErrnoException | null,
    address: string | { address: string; family: number }[],
    family?: number,
  ) => void,
): void {
  const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const first = found[0];
  if (all) answer(null, found);
  else if (first !== undefined) answer(null, first.address, first.family);
  else answer(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
}
