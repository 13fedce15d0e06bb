import { dirname, sep } from 'node:path';
import { listFolder, mostFiles, type FileState, type Listing } from './certificate-folder.ts';
import { Doubts } from './doubts.ts';
import { Pairing, type KeyPair } from './key-pair.ts';
import { readPemFile, type Leaf, type PemContent, type PemFault } from './pem-file.ts';
import type { ServerProblem } from './server-problem.ts';

/** What one look at the directory changed. Files of certificates. */
export interface ReloadedCertificates {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

/** The result of one look at the directory. */
export interface Look {
  readonly change: ReloadedCertificates;
  /** What is wrong and was not told before. */
  readonly problems: readonly ServerProblem[];
  /** Whether something was seen that has to be seen again before it counts. */
  readonly doubtful: boolean;
  readonly folders: Listing['folders'];
}

interface Known {
  /** Empty when the file was written so shortly before it was read that its signature may stay the same. */
  readonly signature: string;
  readonly content: PemContent;
}

/** Two writes that are less than this apart may leave the same time on a file, in milliseconds. */
const clockStep = 100;

/**
 * The certificates of a directory, each with its key, as they were when they were last whole.
 *
 * | seen in the directory                              | what is served            | told                   |
 * |----------------------------------------------------|---------------------------|------------------------|
 * | a whole certificate and its key                    | it                        |                        |
 * | cut off, unreadable, key missing or of another one | as before                 | once, when seen twice  |
 * | not valid now, in place of one that is             | as before                 | once, when seen twice  |
 * | not valid now, nothing before                      | it                        | once, when seen twice  |
 * | the file of the certificate is gone                | as before; nothing, when seen twice |              |
 * | the files of all certificates are gone             | as before                 | once, when seen twice  |
 * | the directory, or its folder, cannot be read       | as before                 | once, when seen twice  |
 *
 * In the first look everything counts at once.
 */
export class CertificateShelf {
  readonly #directory: string;
  readonly #known = new Map<string, Known>();
  readonly #pairs = new Map<string, KeyPair>();
  readonly #faults = new Map<string, PemFault>();
  readonly #doubts = new Doubts();
  #told = new Map<string, ServerProblem>();
  /** Whether the files of all certificates that are served are gone. */
  #isEmptied = false;
  #looks = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The pairs by the file of the certificate. */
  get pairs(): ReadonlyMap<string, KeyPair> {
    return this.#pairs;
  }

  /** What is wrong now, as far as it was told. */
  get problems(): readonly ServerProblem[] {
    return [...this.#told.values()];
  }

  /** Looks at the directory, in steps. Never throws; one look at a time. */
  *look(): Generator<void, Look> {
    this.#doubts.begin();
    const listing = yield* listFolder(this.#directory);
    const changed = yield* this.#read(listing);
    this.#forget(listing, changed);
    const change = yield* this.#pair(changed, listing);
    const problems = this.#tell(this.#faultsOf(listing));
    this.#looks++;
    return { change, problems, doubtful: this.#doubts.open, folders: listing.folders };
  }

  /** Reads what is new or was changed. Returns the folders it is in. */
  *#read({ files }: Listing): Generator<void, Set<string>> {
    const changed = new Set<string>();
    for (const [path, state] of files) {
      const before = this.#known.get(path);
      if (before === undefined || before.signature !== state.signature) {
        const content = sameAs(before?.content, readPemFile(path, state.size));
        this.#known.set(path, { signature: certainSignature(state), content });
        if (content !== before?.content) changed.add(dirname(path));
      }
      yield;
    }
    return changed;
  }

  /** Forgets the content of files that are gone. The pair that came of it is another matter. */
  #forget(listing: Listing, changed: Set<string>): void {
    for (const path of this.#known.keys()) {
      if (!listing.files.has(path) && !isHidden(path, listing)) {
        this.#known.delete(path);
        this.#faults.delete(path);
        changed.add(dirname(path));
      }
    }
  }

  *#pair(changed: Set<string>, listing: Listing): Generator<void, ReloadedCertificates> {
    const added: string[] = [];
    const replaced: string[] = [];
    const removed: string[] = [];
    const now = Date.now();
    for (const [path, { code }] of this.#faults) if (code === 'not-valid-now') changed.add(dirname(path));
    const contents = new Map<string, PemContent>();
    for (const [path, { content }] of this.#known)
      if (changed.has(dirname(path))) contents.set(path, content);
    const pairing = new Pairing(contents);
    for (const [path, content] of contents) {
      const before = this.#pairs.get(path);
      const { pair, fault } = outcome(path, content, before, pairing, now);
      if (fault === null) this.#faults.delete(path);
      else this.#faults.set(path, fault);
      if (pair !== null && pair !== before) {
        this.#pairs.set(path, pair);
        (before === undefined ? added : replaced).push(path);
      }
      yield;
    }
    const gone = [...this.#pairs.keys()].filter((path) => !this.#known.has(path) && !isHidden(path, listing));
    // Nobody takes away every certificate to go on serving: a volume is not mounted, or a copy begins with a deletion.
    this.#isEmptied = gone.length > 0 && gone.length === this.#pairs.size;
    if (this.#isEmptied) return { added, replaced, removed };
    for (const path of gone) {
      if (!this.#counts(`gone ${path}`)) continue;
      this.#pairs.delete(path);
      removed.push(path);
    }
    return { added, replaced, removed };
  }

  *#faultsOf({ unreadable, full }: Listing): Generator<ServerProblem> {
    for (const [file, reason] of unreadable) {
      yield { code: 'directory', file, message: `${file}: cannot be read: ${reason}` };
    }
    if (this.#isEmptied) {
      const message = `${this.#directory}: holds no certificate any more; those before go on`;
      yield { code: 'directory', file: this.#directory, message };
    }
    if (full) {
      const message = `${this.#directory}: over ${mostFiles} files: the others are not looked at`;
      yield { code: 'directory', file: this.#directory, message };
    }
    for (const [file, { code, text }] of this.#faults) {
      const kept = code !== 'not-valid-now' && this.#pairs.has(file) ? '; the one before goes on' : '';
      yield { code, file, message: `${file}: ${text}${kept}` };
    }
  }

  /** Each problem once, as long as it lasts. */
  #tell(current: Iterable<ServerProblem>): ServerProblem[] {
    const told = new Map<string, ServerProblem>();
    const fresh: ServerProblem[] = [];
    for (const problem of current) {
      const { message } = problem;
      const before = this.#told.get(message);
      if (before !== undefined) told.set(message, before);
      else if (this.#counts(message)) {
        told.set(message, problem);
        fresh.push(problem);
      }
    }
    this.#told = told;
    return fresh;
  }

  #counts(what: string): boolean {
    return this.#looks === 0 || this.#doubts.confirmed(what, performance.now());
  }
}

/** Whether nothing can be said about a path, because what it is in could not be read. */
function isHidden(path: string, { unreadable, full }: Listing): boolean {
  if (full || unreadable.has(path)) return true;
  for (const folder of unreadable.keys()) if (path.startsWith(folder + sep)) return true;
  return false;
}

function certainSignature({ signature, modified }: FileState): string {
  return Date.now() - modified < clockStep ? '' : signature;
}

/** The content before when it is the same: what was made of it stays. */
function sameAs(before: PemContent | undefined, now: PemContent): PemContent {
  if (before === undefined || before.fault?.text !== now.fault?.text) return now;
  const leaf = sameLeaf(before.leaf, now.leaf) ? before.leaf : now.leaf;
  const key = before.key?.pem === now.key?.pem ? before.key : now.key;
  return leaf === before.leaf && key === before.key ? before : { leaf, key, fault: now.fault };
}

function sameLeaf(before: Leaf | null, now: Leaf | null): boolean {
  if (before === null || now === null) return before === now;
  return before.chain === now.chain && Buffer.compare(before.certificate.der, now.certificate.der) === 0;
}

/** The pair to serve for a file, when it is another than before, and what is wrong with what the file holds. */
function outcome(
  path: string,
  { leaf, fault }: PemContent,
  before: KeyPair | undefined,
  pairing: Pairing,
  now: number,
): { pair: KeyPair | null; fault: PemFault | null } {
  if (fault !== null) return { pair: null, fault };
  if (leaf === null) {
    const lost = before !== undefined;
    return { pair: null, fault: lost ? { code: 'not-a-certificate', text: 'holds no certificate' } : null };
  }
  const pair = pairing.pair(path, leaf, before);
  if (pair === null || 'code' in pair) return { pair: null, fault: pair };
  const { names } = leaf.certificate;
  if (names.dns.length + names.ip.length === 0) {
    return {
      pair: null,
      fault: { code: 'unusable', text: 'has no DNS name and no address in its subjectAltName' },
    };
  }
  if (isValid(leaf, now)) return { pair, fault: null };
  const kept = before !== undefined && before !== pair && isValid(before.leaf, now);
  return {
    pair: kept ? null : pair,
    fault: {
      code: 'not-valid-now',
      text: `${validityText(leaf, now)}${kept ? '; the one before goes on' : ''}`,
    },
  };
}

/** Both ends of the validity are inclusive (RFC 5280 §4.1.2.5). */
export function isValid({ notBefore, notAfter }: Leaf, now: number): boolean {
  return notBefore <= now && now <= notAfter;
}

function validityText({ notBefore, notAfter }: Leaf, now: number): string {
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) return 'has dates that cannot be read';
  return now < notBefore
    ? `is not valid before ${new Date(notBefore).toISOString()}`
    : `is not valid any more since ${new Date(notAfter).toISOString()}`;
}
