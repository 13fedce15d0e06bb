import type { Attempt, Evidence, Outcome, Purpose } from '../diagnosis/evidence.ts';
import { chainAsSent } from './as-sent.ts';
import { CertificateBook } from './certificate-book.ts';
import { checkOptions } from './check-options.ts';
import { chooseNames } from './choose-names.ts';
import { handshake, type HandshakeResult, type HandshakeSpec } from './handshake.ts';
import type { ProbeOptions } from './options.ts';
import { askPlain } from './plain.ts';
import { planAttempts, type PlannedAttempt } from './plan.ts';
import { aliasPath, hostsFileNames, resolveHost, systemSearchDomain, type Resolution } from './resolve.ts';
import { parseDial, parseTarget } from './target.ts';
import { chooseRoots, relatedRoot } from './trust-store.ts';

const usualTimeout = 10_000;

/** What the client's own attempt may take of the deadline: the rest is for finding out why it hangs. */
const ownShare = 0.7;

/** Milliseconds for the other addresses of a host that was accepted: a dead one must not hold up the answer. */
const otherAddressTime = 2000;

/** Milliseconds to look for aliases and search domains, and for aliases once the host was accepted. */
const lookingTime = 2000;
const aliasTime = 50;

/**
 * Reaches a target as the user's client would, then makes up to 8 more attempts that turn guesses into facts, all
 * under one deadline. It decides nothing: `diagnose` does. When it settles, every socket is destroyed.
 *
 * @param text a URL, `host`, `host:port` or `[v6]:port`
 * @returns evidence, also when nothing could be reached
 * @throws {AltnameError} `ALTNAME_BAD_TARGET` or `ALTNAME_BAD_OPTION`; never for what the network does.
 * @throws the reason of `signal`, when it aborts
 */
export async function probe(text: string, options: ProbeOptions = {}): Promise<Evidence> {
  checkOptions(options);
  const over = new AbortController();
  const stop = (): void => over.abort();
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', stop, { once: true });
  const timeout = options.timeout ?? usualTimeout;
  const timer = setTimeout(stop, timeout);
  try {
    const evidence = await investigate(text, options, new Deadline(timeout, over.signal));
    options.signal?.throwIfAborted();
    return evidence;
  } finally {
    clearTimeout(timer);
    stop();
    options.signal?.removeEventListener('abort', stop);
  }
}

/** The one deadline of a probe. The signal aborts when it is over, or the user stops. */
class Deadline {
  readonly signal: AbortSignal;
  readonly #end: number;

  constructor(timeout: number, signal: AbortSignal) {
    this.#end = performance.now() + timeout;
    this.signal = signal;
  }

  /** Milliseconds left, at least 1. */
  left(most: number = Infinity): number {
    return Math.max(1, Math.min(most, this.#end - performance.now()));
  }
}

async function investigate(text: string, options: ProbeOptions, deadline: Deadline): Promise<Evidence> {
  const target = parseTarget(text, options.starttls);
  const names = chooseNames(target, options);
  const dial = options.connect === undefined ? null : parseDial(options.connect, target.port);
  const host = dial?.host ?? target.host;
  const port = dial?.port ?? target.port;
  const starttls = options.starttls ?? target.starttls;
  const roots = chooseRoots(options);
  const clock = new Date().toISOString();

  const resolving = {
    ...(options.family === undefined ? {} : { family: options.family }),
    dnsServers: options.dnsServers ?? [],
    searchDomains: options.searchDomains ?? [],
    ndots: options.ndots ?? 1,
  };
  const looking = new TimeLimit(deadline, lookingTime);
  const aliases =
    dial === null ? aliasPath(host, { ...resolving, signal: looking.signal }) : Promise.resolve([]);
  const inHostsFile = resolving.dnsServers.length > 0 ? Promise.resolve(new Set()) : hostsFileNames();
  const resolution = await resolveHost(host, { ...resolving, signal: deadline.signal });
  const addresses = ofFamily(resolution.addresses, options.family);

  const book = new CertificateBook();
  const spec = (changes: Partial<HandshakeSpec> = {}): HandshakeSpec => ({
    host,
    addresses,
    port,
    sent: names.sent.value,
    checked: names.checked.value ?? '',
    ca: roots.ca,
    first: proxyHeader(options.proxyProtocol),
    starttls,
    domain: target.identifier.value,
    versions: {
      ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
      ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    },
    timeout: deadline.left(),
    signal: deadline.signal,
    ...changes,
  });
  const attemptOf = (purpose: Purpose, sent: string | null, result: HandshakeResult): Attempt => {
    const { outcome, chain, address, ms } = result;
    const entered = outcome.kind === 'handshake' ? { ...outcome, chain: book.enter(chain) } : outcome;
    return { purpose, address, port, sent, outcome: entered, ms };
  };

  let own =
    addresses.length === 0
      ? unanswered(names.sent.value, port, resolution, options)
      : attemptOf('client', names.sent.value, await handshake(spec({ timeout: deadline.left() * ownShare })));
  const accepted = isAccepted(own.outcome);
  if (accepted) looking.shorten(aliasTime);
  const cnames = await aliases;

  let serverClock: string | null = null;
  const perform = async ({ purpose, address, sent }: PlannedAttempt): Promise<Attempt | null> => {
    const one = spec({ addresses: [address], sent });
    if (purpose === 'plain') {
      const started = performance.now();
      const patience = Math.min(3000, Math.max(400, own.ms + 300));
      const answer = await askPlain({ ...one, address, patience });
      if (answer.speaks === null && answer.sample === '') return null;
      const ms = Math.round(performance.now() - started);
      return { purpose, address, port, sent: null, outcome: { kind: 'not-tls', ...answer }, ms };
    }
    if (purpose === 'as-sent') {
      const askDate = target.http && starttls === null && isTimeError(own.outcome);
      const { flight, date, ms } = await chainAsSent(one, askDate);
      serverClock = date;
      if (flight === null) return null;
      const asks = flight.asksForClientCertificate;
      if (own.outcome.kind === 'alert') {
        own = { ...own, outcome: { ...own.outcome, asksForClientCertificate: asks } };
      }
      const chain = book.enter(flight.chain);
      // Another leaf than before is not what Node judged.
      if (own.outcome.kind !== 'handshake' || chain[0] !== own.outcome.chain[0]) return null;
      const outcome = {
        ...own.outcome,
        chain,
        chainFrom: 'wire' as const,
        serverNameConfirmed: flight.serverNameConfirmed,
        asksForClientCertificate: asks,
      };
      return { purpose, address, port, sent, outcome, ms };
    }
    const changes =
      purpose === 'default-roots'
        ? { ca: undefined }
        : accepted
          ? { timeout: deadline.left(otherAddressTime) }
          : {};
    return attemptOf(purpose, sent, await handshake({ ...one, ...changes }));
  };
  const plan = planAttempts(own, accepted, {
    addresses,
    asked: target.identifier.kind === 'dns' ? target.identifier.value : null,
    cnames,
    withCa: options.ca !== undefined,
  });
  const searching =
    !accepted && dial === null && resolution.from === 'dns' && resolving.dnsServers.length === 0
      ? systemSearchDomain(host, addresses, {
          ...resolving,
          signal: new TimeLimit(deadline, lookingTime).signal,
        })
      : Promise.resolve(resolution.searchDomain);
  const [further, searchDomain, hostsFile] = await Promise.all([
    Promise.all(plan.map(perform)),
    searching,
    inHostsFile,
  ]);

  const attempts = [own, ...further.filter((attempt) => attempt !== null)].toSorted(
    (a, b) => purposes.indexOf(a.purpose) - purposes.indexOf(b.purpose),
  );
  const chains = attempts.map(({ outcome }) => (outcome.kind === 'handshake' ? outcome.chain : []));
  const leaf = chains.find((chain) => chain.length > 0)?.[0];
  const inHosts = resolution.from === 'dns' && hostsFile.has(host);
  return {
    version: 1,
    target: target.text,
    names: {
      ...names,
      dialled: {
        host,
        port,
        address: own.address,
        addresses,
        cnames,
        searchDomain,
        from: dial !== null ? 'connect-option' : inHosts ? 'hosts-file' : resolution.from,
      },
      presented: book.get(leaf)?.names ?? null,
    },
    attempts,
    certificates: book.only(chains.flat()),
    trust: { ...roots.store, relatedRoot: relatedTo(own.outcome, book, options) },
    clock,
    serverClock,
    node: { version: process.version, openssl: process.versions.openssl },
    client: options.client ?? null,
    starttls,
    servernameAlsoFor: options.servernameAlsoFor ?? [],
  };
}

/** The header of a connection that is made for no client (proxy-protocol.txt of HAProxy §2.1, §2.2). */
function proxyHeader(version: ProbeOptions['proxyProtocol']): Buffer | undefined {
  if (version === undefined) return undefined;
  return Buffer.from(version === 'v1' ? 'PROXY UNKNOWN\r\n' : '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', 'latin1');
}

/** A part of the deadline. */
class TimeLimit {
  readonly #controller = new AbortController();
  readonly #deadline: Deadline;
  #timer: NodeJS.Timeout;

  constructor(deadline: Deadline, time: number) {
    this.#deadline = deadline;
    this.#timer = this.#start(time);
    deadline.signal.addEventListener('abort', this.#stop, { once: true });
    if (deadline.signal.aborted) this.#stop();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends in so many milliseconds from now. */
  shorten(time: number): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#timer = this.#start(time);
  }

  #start(time: number): NodeJS.Timeout {
    return setTimeout(this.#stop, this.#deadline.left(time)).unref();
  }

  readonly #stop = (): void => {
    clearTimeout(this.#timer);
    this.#controller.abort();
  };
}

const purposes: readonly Purpose[] = [
  'client',
  'as-sent',
  'no-server-name',
  'asked-name',
  'normal-name',
  'alias-name',
  'other-address',
  'default-roots',
  'plain',
];

function isAccepted(outcome: Outcome): boolean {
  return (
    outcome.kind === 'handshake' &&
    outcome.chainError === null &&
    outcome.nameError === null &&
    outcome.alertAfter === null
  );
}

function isTimeError(outcome: Outcome): boolean {
  const code = outcome.kind === 'handshake' ? outcome.chainError?.code : null;
  return code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED';
}

function unanswered(
  sent: string | null,
  port: number,
  { error }: Resolution,
  { family }: ProbeOptions,
): Attempt {
  const missing = error ?? { code: 'ENOTFOUND', message: `no IPv${family} address` };
  const outcome: Outcome =
    missing.code === 'ETIMEOUT'
      ? { kind: 'timeout', during: 'dns' }
      : { kind: 'unreachable', error: missing };
  return { purpose: 'client', address: null, port, sent, outcome, ms: 0 };
}

function relatedTo(outcome: Outcome, book: CertificateBook, options: ProbeOptions): string | null {
  if (outcome.kind !== 'handshake' || outcome.chainError === null) return null;
  const last = book.get(outcome.chain.at(-1));
  return last === null || last.selfIssued ? null : relatedRoot(last.issuer, options);
}

function ofFamily(addresses: readonly string[], family: 4 | 6 | undefined): readonly string[] {
  if (family === undefined) return addresses;
  return addresses.filter((address) => address.includes(':') === (family === 6));
}
