import net from 'node:net';
import tls from 'node:tls';
import { alertByNumber, alertInMessage } from '../diagnosis/alerts.ts';
import type { Alert, ErrorFacts, Outcome } from '../diagnosis/evidence.ts';
import { errorFacts, failureOutcome, isChainVerdict } from '../diagnosis/failure.ts';
import { printable } from '../names/printable.ts';
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
  /** What is sent before everything else. */
  readonly first?: Buffer | undefined;
  readonly starttls: StartTls | null;
  /** The domain asked for, where the STARTTLS protocol wants to know it (XMPP). */
  readonly domain: string;
  readonly versions: Pick<ProbeOptions, 'minVersion' | 'maxVersion'>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends the handshake before its time. */
  readonly signal: AbortSignal;
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

/** Milliseconds that a server that asked for a client certificate gets, at least, to say that it wanted one (RFC 8446 §4.4.2.4). */
const afterwards = 300;

/** How far a handshake got. `after`: done for the client, while a server of TLS 1.3 may still say no. */
type Phase = 'connect' | 'starttls' | 'handshake' | 'after';

/** What was seen of the server before Node judged it. */
interface Seen {
  readonly chain: readonly Uint8Array[];
  readonly protocol: string;
  readonly cipher: string | null;
  readonly alpn: string | null;
  readonly nameError: ErrorFacts | null;
  readonly asksForClientCertificate: boolean;
}

/**
 * One handshake through Node's own `tls`, with verification on, so that its error is the one the user's Node gives.
 * What the server showed is read just before Node judges it: an untrusted chain does not hide a wrong name.
 * Never rejects; ends within `timeout`, with every socket destroyed.
 */
export async function handshake(spec: HandshakeSpec): Promise<HandshakeResult> {
  const started = performance.now();
  const result = await new Promise<Omit<HandshakeResult, 'ms'>>((resolve) => attempt(spec, resolve));
  return { ...result, ms: Math.round(performance.now() - started) };
}

function attempt(spec: HandshakeSpec, resolve: (result: Omit<HandshakeResult, 'ms'>) => void): void {
  let phase: Phase = 'connect';
  let seen: Seen | null = null;
  let settled = false;
  let secure: tls.TLSSocket | undefined;
  let late: NodeJS.Timeout | undefined;
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
    clearTimeout(late);
    spec.signal.removeEventListener('abort', stop);
    secure?.destroy();
    raw.destroy();
    resolve({ outcome, chain: seen?.chain ?? [], address });
  };
  const accept = (alert: Alert | null): void => {
    if (seen !== null) finish(handshakeOutcome(seen, null, alert));
  };
  const stop = (): void => (phase === 'after' ? accept(null) : finish({ kind: 'timeout', during: phase }));
  const fail = (error: unknown): void => finish(outcomeOf(error, seen, phase));
  const timer = setTimeout(stop, spec.timeout);
  spec.signal.addEventListener('abort', stop, { once: true });

  const upgrade = (): void => {
    if (settled) return;
    phase = 'handshake';
    const began = performance.now();
    try {
      secure = connectTls(raw, spec);
    } catch (error) {
      return finish({ kind: 'client-refused', error: errorFacts(error) });
    }
    const socket = secure;
    socket.on('error', fail);
    socket.once('close', () => fail(closedEarly()));
    socket.prependOnceListener('secure', () => {
      seen = look(socket, spec.checked);
    });
    socket.once('secureConnect', () => {
      seen ??= look(socket, spec.checked);
      if (seen === null) return fail(new Error('the certificate could not be read'));
      if (!seen.asksForClientCertificate || seen.protocol !== 'TLSv1.3') return accept(null);
      phase = 'after';
      // The answer is a way there and back away, as those of the handshake were; what is there already is read first.
      const patience = Math.max(afterwards, 2 * (performance.now() - began));
      late = setTimeout(() => setImmediate(() => accept(null)), patience);
      socket.once('session', () => accept(null));
      socket.once('end', () => accept(alertByNumber(0)));
      socket.resume();
      return undefined;
    });
    return undefined;
  };

  raw.on('error', fail);
  raw.once('connect', () => {
    address = raw.remoteAddress ?? address;
    if (spec.first !== undefined) raw.write(spec.first);
    if (spec.starttls === null) return upgrade();
    phase = 'starttls';
    startTls(raw, spec.starttls, spec.domain).then(upgrade, fail);
    return undefined;
  });
  if (spec.signal.aborted) stop();
}

function connectTls(raw: net.Socket, spec: HandshakeSpec): tls.TLSSocket {
  return withoutDeprecations(() =>
    tls.connect({
      socket: raw,
      servername: spec.sent ?? '',
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => identityError(spec.checked, certificate),
      ...(spec.ca === undefined ? {} : { ca: spec.ca as string | string[] }),
      ...spec.versions,
    }),
  );
}

/** DEP0123: the finding `sni-is-ip` says it; the runtime need not say it once more on stderr. */
export function withoutDeprecations<T>(connect: () => T): T {
  const quiet = process.noDeprecation === true;
  process.noDeprecation = true;
  try {
    return connect();
  } finally {
    process.noDeprecation = quiet;
  }
}

/** Node's verdict on the name; an Error, too, where Node throws it: a throw in the middle of TLS nobody could catch. */
export function identityError(checked: string, certificate: tls.PeerCertificate): Error | undefined {
  try {
    return tls.checkServerIdentity(checked, certificate);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Reads what the server showed; null when Node cannot. Called before Node judges it, while the socket can be asked. */
function look(socket: tls.TLSSocket, checked: string): Seen | null {
  try {
    const certificate = socket.getPeerCertificate(true);
    const chain: Uint8Array[] = [];
    let next: tls.DetailedPeerCertificate | undefined = certificate;
    while (next?.raw !== undefined && chain.length < longestChain) {
      chain.push(next.raw);
      if (next.issuerCertificate === next) break;
      next = next.issuerCertificate;
    }
    const error = chain.length === 0 ? undefined : identityError(checked, certificate);
    return {
      chain,
      protocol: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher()?.standardName ?? null,
      alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
      nameError: error === undefined ? null : errorFacts(error),
      // OpenSSL fills these for a client from the CertificateRequest alone.
      asksForClientCertificate: (socket.getSharedSigalgs() as unknown as readonly string[]).length > 0,
    };
  } catch {
    return null;
  }
}

function handshakeOutcome(seen: Seen, chainError: ErrorFacts | null, alertAfter: Alert | null): Outcome {
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
    alertAfter,
  };
}

function outcomeOf(error: unknown, seen: Seen | null, phase: Phase): Outcome {
  if (error instanceof StartTlsError) {
    return { kind: 'starttls-failed', protocol: error.protocol, sample: printable(error.sample, 200) };
  }
  const facts = errorFacts(error);
  const code = facts.code ?? '';
  const alert = alertInMessage(facts.message);
  if (phase === 'connect') return connectOutcome(facts);
  if (seen !== null && seen.chain.length > 0) {
    if (phase === 'after' && alert !== null) return handshakeOutcome(seen, null, alert);
    // Node judges at once when the handshake is done: an error now is its verdict, the chain's before the name's.
    if (phase === 'handshake' && code.startsWith('ERR_TLS_CERT_ALTNAME')) {
      return handshakeOutcome({ ...seen, nameError: facts }, null, null);
    }
    if (phase === 'handshake' && isChainVerdict(code)) return handshakeOutcome(seen, facts, null);
  }
  return failureOutcome(facts);
}

function closedEarly(): Error {
  return Object.assign(new Error('closed before the handshake was done'), { code: 'ECONNRESET' });
}

function connectOutcome(error: ErrorFacts): Outcome {
  if (error.code === 'ECONNREFUSED') return { kind: 'refused', error };
  if (error.code === 'ETIMEDOUT') return { kind: 'timeout', during: 'connect' };
  if (error.code === 'ECONNRESET') return { kind: 'reset', error };
  return { kind: 'unreachable', error };
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
