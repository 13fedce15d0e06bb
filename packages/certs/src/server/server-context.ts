import { constants, createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { SecureContextOptions, Server } from 'node:tls';
import { printable } from '@altname/core';
import { CertificateShelf, type Look } from './certificate-shelf.ts';
import { certificatePem } from './context-cache.ts';
import type { KeyPair } from './key-pair.ts';
import type { KeySlot } from './key-slot.ts';
import { LookOut } from './look-out.ts';
import { Selection, type SniCallback } from './selection.ts';
import { bad, readOptions, type ReadOptions, type ServerContextOptions } from './server-context-options.ts';
import { callSafely, messageOf, warnOfProblem, type ServerProblem } from './server-problem.ts';

/** What `https.createServer`, `tls.createServer` and `http2.createSecureServer` are made with. */
export interface ServerTlsOptions extends SecureContextOptions {
  readonly SNICallback: SniCallback;
}

/** A certificate that is served. */
export interface ServedCertificate {
  /** The file it was read from. */
  readonly file: string;
  /** Its DNS names and addresses, as they stand on it. */
  readonly names: readonly string[];
  readonly keyType: KeySlot;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate in hexadecimal, upper case with colons, as Node prints it. */
  readonly fingerprint256: string;
}

/**
 * The certificates of a directory, for servers of Node.
 *
 * ```js
 * const context = serverContext({ dir: '/etc/certificates' });
 * https.createServer(context.options, app).listen(443);
 * ```
 *
 * Reads the directory before it returns. What is wrong with single files does not throw: it is told through
 * `onProblem`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option: a directory that is not there, a
 *   default that no certificate is for.
 */
export function serverContext(options: ServerContextOptions): ServerContext {
  return new ServerContext(readOptions(options));
}

/** Made by {@link serverContext}. */
export class ServerContext {
  readonly #options: ReadOptions;
  readonly #shelf: CertificateShelf;
  readonly #selection: Selection;
  readonly #lookOut: LookOut;
  readonly #sniCallback: SniCallback;
  /** Each with what forgets it when it is closed. */
  readonly #servers = new Map<Server, () => void>();
  /** What servers have of their own, for clients without a server name; null when no server was made yet. */
  #given: readonly KeyPair[] | null = null;
  #started = false;

  constructor(options: ReadOptions) {
    const { dir, fallback } = options;
    checkDirectory(dir);
    this.#options = options;
    this.#shelf = new CertificateShelf(dir);
    this.#selection = new Selection(options, (problem) => this.#tell(problem));
    this.#sniCallback = this.#selection.sniCallback();
    this.#lookOut = new LookOut(this.#shelf, {
      watch: options.watch,
      pollEvery: options.pollEvery,
      onLook: (look) => this.#take(look),
      onWatchFailure: (reason) => {
        const message = `${dir}: cannot be watched (${reason}): looked at every ${options.pollEvery} ms instead`;
        this.#tell({ code: 'watch', file: dir, message });
      },
      onFault: (error) =>
        this.#tell({ code: 'callback', file: null, message: `a look failed: ${messageOf(error)}` }),
    });
    this.#lookOut.begin();
    if (fallback !== null && this.#selection.defaults().length === 0) {
      this.close();
      throw bad(`default: no certificate in ${printable(dir)} is for "${fallback}"`);
    }
    this.#started = true;
  }

  /**
   * What a server is made with. Made anew each time: the default certificate, where there is one, is that of now.
   *
   * Sessions are not resumed: one resumed would skip the selection, and go on with a certificate that was replaced or
   * removed; on Node 20 even under another name (RFC 6066 §3 forbids it).
   */
  get options(): ServerTlsOptions {
    const { tls } = this.#options;
    const defaults = this.#selection.defaults();
    this.#selection.blank(defaults);
    this.#given = defaults;
    return {
      ...tls,
      ...(defaults.length > 0 && {
        cert: defaults.map(certificatePem),
        key: defaults.map(({ key }) => key.pem),
      }),
      secureOptions: (tls.secureOptions ?? 0) | constants.SSL_OP_NO_TICKET,
      SNICallback: this.#sniCallback,
    };
  }

  /**
   * Gives a server each new default certificate; needed for clients without a server name where `default` is a name.
   * What the server shall have beside certificates has to be in the option `tls`.
   *
   * @returns the server
   */
  attach<T extends Server>(server: T): T {
    if (this.#servers.has(server)) return server;
    const forget = (): void => void this.#servers.delete(server);
    this.#servers.set(server, forget);
    server.once('close', forget);
    return server;
  }

  /** Every name that is served, sorted; wildcards with their `*`. */
  names(): string[] {
    return this.#selection.names();
  }

  /**
   * The certificate for a server name, chosen as for a client of which nothing is known; for `null`, that for clients
   * without one. Null when they are refused.
   */
  certificateFor(name: string | null): ServedCertificate | null {
    const pair = this.#selection.pairFor(name);
    return pair === null ? null : served(pair);
  }

  /** What is wrong with the directory now. */
  problems(): readonly ServerProblem[] {
    return this.#shelf.problems;
  }

  /** Looks at the directory now. Resolves when everything in it is served, or told as a problem. */
  reload(): Promise<void> {
    return this.#lookOut.look();
  }

  /** Stops following the directory. Servers go on with what they have. */
  close(): void {
    this.#lookOut.close();
    for (const [server, forget] of this.#servers) server.off('close', forget);
    this.#servers.clear();
  }

  #take({ change, problems }: Look): void {
    for (const problem of problems) this.#tell(problem);
    if (change.added.length + change.replaced.length + change.removed.length === 0) return;
    this.#selection.replace(this.#shelf.pairs.values());
    this.#renewDefault();
    // What is there at the start is no reload.
    if (this.#started) callSafely(this.#options.onReload, change);
  }

  /** Servers have a copy of the default certificate, which they are given anew when it is another. */
  #renewDefault(): void {
    if (this.#given === null) return;
    const { fallback } = this.#options;
    const defaults = this.#selection.defaults();
    if (defaults.length === this.#given.length && defaults.every((pair, i) => pair === this.#given?.[i]))
      return;
    if (defaults.length === 0) {
      const message = `no certificate is for the default "${fallback}" any more: clients without a server name are refused`;
      this.#tell({ code: 'default', file: null, message });
    }
    if (this.#servers.size === 0) {
      const message = `the default certificate is another now; clients without a server name are shown the old one until context.attach(server) is called`;
      this.#tell({ code: 'default', file: null, message });
    }
    const { options } = this;
    for (const server of this.#servers.keys()) server.setSecureContext(options);
  }

  #tell(problem: ServerProblem): void {
    callSafely(this.#options.onProblem ?? warnOfProblem, problem);
  }
}

function checkDirectory(dir: string): void {
  let problem: string | null = null;
  try {
    if (!statSync(dir).isDirectory()) problem = 'it is no directory';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problem =
      code === 'ENOENT' ? 'there is no such directory' : `it cannot be read (${code ?? messageOf(error)})`;
  }
  if (problem !== null) throw bad(`dir: ${printable(dir)}: ${problem}`);
}

function served({ file, leaf, kind, names }: KeyPair): ServedCertificate {
  const digest = createHash('sha256').update(leaf.certificate.der).digest('hex').toUpperCase();
  return {
    file,
    names: [...names.dns, ...names.ip],
    keyType: kind.slot,
    notBefore: new Date(leaf.notBefore),
    notAfter: new Date(leaf.notAfter),
    fingerprint256: digest.replace(/..(?=.)/g, '$&:'),
  };
}
