import { explainError, readCertificate, type Certificate } from '@altname/core';
import type { TLSSocket } from 'node:tls';
import type { MetricValue } from './metric.ts';
import { Tally } from './tally.ts';

/** A connector as undici takes it. */
type Connector<Asked> = (
  asked: Asked,
  answer: (...args: [error: Error, socket: null] | [error: null, socket: TLSSocket]) => void,
) => void;

/** Milliseconds in which a cause holds for the errors of one code. */
const causeTime = 10_000;

/** Why a request was tried once more: the connection was not made, or the peer did nothing with it, or it ended. */
export type RetryReason = 'not_sent' | 'refused_stream' | 'connection_ended';

/** What came of one health check. */
export type HealthResult = 'good' | 'bad_status' | 'too_late' | 'too_long' | 'no_answer';

const retryReasons: readonly RetryReason[] = ['not_sent', 'refused_stream', 'connection_ended'];
const healthResults: readonly HealthResult[] = ['good', 'bad_status', 'too_late', 'too_long', 'no_answer'];

/** The handshakes with one upstream, what failed on it, and what was done about it. Kept over a reload. */
export class UpstreamCounts {
  readonly handshakes: Tally = new Tally('result');
  readonly failures: Tally = new Tally('cause');
  /** Empty until a health check was begun. */
  readonly checks: Tally = new Tally('result');
  readonly #retries = new Tally('reason');
  /** Retries that would have been safe, and were left out as there were too many. */
  withheld = 0;
  /** How often a server was left out. */
  ejections = 0;
  readonly #causes = new Map<string, { readonly cause: string; readonly at: number }>();
  #raw: Uint8Array | null = null;
  #certificate: Certificate | null = null;

  constructor() {
    for (const reason of retryReasons) this.#retries.expect(reason);
  }

  retried(reason: RetryReason): void {
    this.#retries.add(reason);
  }

  retries(): MetricValue[] {
    return this.#retries.read();
  }

  /** Its servers are asked whether they are well. */
  expectChecks(): void {
    for (const result of healthResults) this.checks.expect(result);
  }

  /** The same connector, counted. */
  watch<Asked>(connect: Connector<Asked>): Connector<Asked> {
    return (asked, answer) => {
      connect(asked, (...args) => {
        if (args[1] === null) this.failed(args[0]);
        else this.connected(args[1]);
        answer(...args);
      });
    };
  }

  /** A handshake that came through. */
  connected(socket: TLSSocket): void {
    this.handshakes.add('accepted');
    const raw = socket.getPeerX509Certificate()?.raw;
    if (raw === undefined) return;
    this.#raw = raw;
    this.#certificate = null;
  }

  failed(error: Error): void {
    const cause = this.#causeOf(error);
    this.handshakes.add('failed');
    this.failures.add(cause);
  }

  /** The certificate that was shown last; null when there was none, or it cannot be read. */
  get certificate(): Certificate | null {
    if (this.#certificate === null && this.#raw !== null) {
      try {
        this.#certificate = readCertificate(this.#raw);
      } catch {
        this.#raw = null;
      }
    }
    return this.#certificate;
  }

  /** The code of the finding; else that of the error, which is Node's or undici's. */
  #causeOf(error: Error): string {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return 'other';
    const now = performance.now();
    const last = this.#causes.get(code);
    if (last !== undefined && now - last.at < causeTime) return last.cause;
    const cause = explainError(error, { client: 'undici' })?.cause?.code ?? code;
    this.#causes.set(code, { cause, at: now });
    return cause;
  }
}
