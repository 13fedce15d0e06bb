import { readCertificate, type Certificate, type CertificateFacts } from '../certificate/certificate.ts';
import type { Attempt, Evidence, Outcome, Purpose } from '../diagnosis/evidence.ts';
import { AltnameError } from '../error.ts';
import { normalServerName } from '../names/server-name.ts';
import { chainAsSent } from './as-sent.ts';
import { chooseNames } from './choose-names.ts';
import { handshake, type HandshakeResult, type HandshakeSpec } from './handshake.ts';
import type { ProbeOptions } from './options.ts';
import { askPlain } from './plain.ts';
import {
  aliasPath,
  hostsFileNames,
  resolveHost,
  systemSearchDomain,
  type ResolveOptions,
} from './resolve.ts';
import { parseDial, parseTarget } from './target.ts';
import { chooseRoots, relatedRoot } from './trust-store.ts';

/** Beside the client's own. */
const mostFurtherAttempts = 8;

/** What the client's own attempt may take of the deadline: the rest is for finding out why it hangs. */
const ownShare = 0.7;

/**
 * Reaches a target as the user's client would, then makes up to 8 more attempts that turn guesses into facts, all
 * under one deadline. It decides nothing: `diagnose` does.
 *
 * @param text a URL, `host`, `host:port` or `[v6]:port`
 * @returns evidence, also when nothing could be reached
 * @throws {AltnameError} `ALTNAME_BAD_TARGET` or `ALTNAME_BAD_OPTION`; never for what the network does.
 */
export async function probe(text: string, options: ProbeOptions = {}): Promise<Evidence> {
  const target = parseTarget(text);
  const names = chooseNames(target, options);
  const dial = options.connect === undefined ? null : parseDial(options.connect, target.port);
  const host = dial?.host ?? target.host;
  const port = dial?.port ?? target.port;
  const roots = chooseRoots(options);
  const end = performance.now() + readTimeout(options.timeout);
  const left = (): number => Math.max(1, end - performance.now());
  const asking = (): ResolveOptions => ({
    ...(options.family === undefined ? {} : { family: options.family }),
    dnsServers: options.dnsServers ?? [],
    searchDomains: options.searchDomains ?? [],
    timeout: left(),
  });

  const clock = new Date().toISOString();
  const book = new CertificateBook();
  const enough = new AbortController();
  const aliases =
    dial === null ? aliasPath(host, { ...asking(), timeout: Math.min(left(), 2000) }, enough.signal) : [];
  const resolution = await resolveHost(host, asking());
  const addresses = ofFamily(resolution.addresses, options.family);
  const attempts: Attempt[] = [];
  const spec = (changes: Partial<HandshakeSpec> = {}): HandshakeSpec => ({
    host,
    addresses,
    port,
    sent: names.sent.value,
    checked: names.checked.value ?? '',
    ca: roots.ca,
    starttls: options.starttls ?? target.starttls,
    versions: {
      ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
      ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    },
    timeout: left(),
    signal: options.signal,
    ...changes,
  });
  const record = (purpose: Purpose, sent: string | null, result: HandshakeResult): Attempt => {
    const attempt = {
      purpose,
      address: result.address,
      port,
      sent,
      outcome: book.enter(result),
      ms: result.ms,
    };
    attempts.push(attempt);
    return attempt;
  };

  if (addresses.length === 0) {
    const error = resolution.error ?? {
      code: 'ENOTFOUND',
      message: `no IPv${options.family} address for ${host}`,
    };
    attempts.push(unanswered(names.sent.value, port, error));
  } else {
    record('client', names.sent.value, await handshake(spec({ timeout: left() * ownShare })));
  }
  const own = attempts[0] as Attempt;
  const accepted = isAccepted(own.outcome);
  if (accepted) setTimeout(() => enough.abort(), 50).unref();
  const cnames = await aliases;
  let serverClock: string | null = null;
  let searchDomain = resolution.searchDomain;
  let related: string | null = null;

  const follow = async (): Promise<void> => {
    const address = own.address ?? addresses[0];
    if (address === undefined) return;
    const plan = planAttempts(own, accepted, {
      address,
      others: addresses.filter((other) => other !== address),
      asked: target.identifier.kind === 'dns' ? target.identifier.value : null,
      cnames,
      withCa: options.ca !== undefined,
    });
    await Promise.all(
      plan.map(async ({ purpose, address: to, sent }) => {
        const one = spec({
          addresses: [to],
          sent,
          ...(purpose === 'default-roots' ? { ca: undefined } : {}),
        });
        if (purpose === 'plain') {
          const answer = await askPlain(to, port, left());
          if (answer.speaks !== null || answer.sample !== '') {
            attempts.push({
              purpose,
              address: to,
              port,
              sent: null,
              outcome: { kind: 'not-tls', ...answer },
              ms: 0,
            });
          }
        } else if (purpose === 'as-sent') {
          const seen = await chainAsSent(
            one,
            target.http && one.starttls === null && isTimeError(own.outcome),
          );
          serverClock = seen.date;
          if (seen.flight !== null && own.outcome.kind === 'alert') {
            const asks = seen.flight.asksForClientCertificate;
            attempts[0] = { ...own, outcome: { ...own.outcome, asksForClientCertificate: asks } };
          }
          if (seen.flight !== null && own.outcome.kind === 'handshake') {
            const outcome = {
              ...own.outcome,
              chain: seen.flight.chain.map((der) => book.add(der)).filter((print) => print !== null),
              chainFrom: 'wire' as const,
              serverNameConfirmed: seen.flight.serverNameConfirmed,
              asksForClientCertificate: seen.flight.asksForClientCertificate,
            };
            attempts.push({ purpose, address: to, port, sent, outcome, ms: own.ms });
          }
        } else {
          record(purpose, sent, await handshake(one));
        }
      }),
    );
  };
  const look = async (): Promise<void> => {
    if (accepted || dial !== null || resolution.from !== 'dns' || (options.dnsServers?.length ?? 0) > 0)
      return;
    searchDomain = await settleWithin(
      systemSearchDomain(host, addresses, asking()),
      Math.min(left(), 2000),
      null,
    );
  };
  await Promise.all([follow(), look()]);

  if (own.outcome.kind === 'handshake' && own.outcome.chainError !== null) {
    related = book.missingIssuer(own.outcome.chain, (issuer) => relatedRoot(issuer, options));
  }
  const inHosts = resolution.from === 'dns' && !accepted && (await hostsFileNames()).has(host);
  const leaf = attempts.flatMap(({ outcome }) =>
    outcome.kind === 'handshake' ? outcome.chain.slice(0, 1) : [],
  )[0];
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
      presented: leaf === undefined ? null : (book.certificates[leaf]?.names ?? null),
    },
    attempts: inOrder(attempts),
    certificates: book.certificates,
    trust: { ...roots.store, relatedRoot: related },
    clock,
    serverClock,
    node: { version: process.version, openssl: process.versions.openssl },
    client: options.client ?? null,
    starttls: options.starttls ?? target.starttls,
    servernameAlsoFor: options.servernameAlsoFor ?? [],
  };
}

interface PlannedAttempt {
  readonly purpose: Purpose;
  readonly address: string;
  readonly sent: string | null;
}

interface Surroundings {
  readonly address: string;
  readonly others: readonly string[];
  readonly asked: string | null;
  readonly cnames: readonly string[];
  readonly withCa: boolean;
}

/** Which attempts may explain what the first one showed; each (address, sent) pair once, at most 8. */
function planAttempts(own: Attempt, accepted: boolean, around: Surroundings): PlannedAttempt[] {
  const { address, asked } = around;
  const { outcome, sent } = own;
  const plan: PlannedAttempt[] = [];
  const tried = new Set<string | null>([sent]);
  const trySent = (purpose: Purpose, name: string | null): void => {
    if (tried.has(name)) return;
    tried.add(name);
    plan.push({ purpose, address, sent: name });
  };
  const others = around.others.map((other): PlannedAttempt => ({
    purpose: 'other-address',
    address: other,
    sent,
  }));
  if (accepted) return others.slice(0, mostFurtherAttempts);
  if (outcome.kind === 'refused' || outcome.kind === 'unreachable' || outcome.kind === 'starttls-failed')
    return others;
  if (outcome.kind === 'handshake') {
    plan.push({ purpose: 'as-sent', address, sent });
    if (around.withCa && outcome.chainError !== null) plan.push({ purpose: 'default-roots', address, sent });
  } else if (outcome.kind === 'alert') {
    plan.push({ purpose: 'as-sent', address, sent });
  } else if (outcome.kind !== 'client-refused') {
    plan.push({ purpose: 'plain', address, sent: null });
  }
  if (asked !== null) trySent('asked-name', asked);
  const normal = sent === null ? null : normalServerName(sent);
  if (normal !== null) trySent('normal-name', normal);
  trySent('no-server-name', null);
  for (const alias of around.cnames.slice(0, 2)) trySent('alias-name', alias);
  return [...plan, ...others].slice(0, mostFurtherAttempts);
}

/** Certificates by fingerprint, each read once. */
class CertificateBook {
  readonly certificates: Record<string, CertificateFacts> = {};
  readonly #read = new Map<string, Certificate>();

  add(der: Uint8Array): string | null {
    try {
      const certificate = readCertificate(der);
      const facts = certificate.toJSON();
      this.certificates[facts.fingerprints.sha256] = facts;
      this.#read.set(facts.fingerprints.sha256, certificate);
      return facts.fingerprints.sha256;
    } catch (error) {
      // OpenSSL takes some certificates that are not DER; they present no name that can be trusted.
      if (error instanceof AltnameError) return null;
      throw error;
    }
  }

  enter(result: HandshakeResult): Outcome {
    if (result.outcome.kind !== 'handshake') return result.outcome;
    return {
      ...result.outcome,
      chain: result.chain.map((der) => this.add(der)).filter((print) => print !== null),
    };
  }

  missingIssuer<T>(
    chain: readonly string[],
    find: (issuer: CertificateFacts['issuer']) => T | null,
  ): T | null {
    const last = this.certificates[chain.at(-1) ?? ''];
    return last === undefined || last.selfIssued ? null : find(last.issuer);
  }
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

function inOrder(attempts: Attempt[]): Attempt[] {
  return attempts.toSorted((a, b) => purposes.indexOf(a.purpose) - purposes.indexOf(b.purpose));
}

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
  error: { code: string | null; message: string },
): Attempt {
  const outcome: Outcome =
    error.code === 'ETIMEOUT' ? { kind: 'timeout', during: 'dns' } : { kind: 'unreachable', error };
  return { purpose: 'client', address: null, port, sent, outcome, ms: 0 };
}

function ofFamily(addresses: readonly string[], family: 4 | 6 | undefined): readonly string[] {
  if (family === undefined) return addresses;
  return addresses.filter((address) => address.includes(':') === (family === 6));
}

/** @throws {AltnameError} when it is no time. */
function readTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return 10_000;
  if (!Number.isFinite(timeout) || timeout < 1 || timeout > 600_000) {
    throw new AltnameError('ALTNAME_BAD_OPTION', `timeout ${timeout}: 1 to 600000 milliseconds are expected`);
  }
  return timeout;
}

async function settleWithin<T>(promise: Promise<T>, time: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), time);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
