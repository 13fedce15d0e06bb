import { errorFacts, explainError, type Diagnosis, type SixNames } from '@altname/core';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import { fixesFor } from './fixes.ts';
import { quietTime, type UpstreamFailure } from './failure.ts';

/** The request that failed. */
interface FailedRequest {
  readonly requestId: string;
  readonly status: number;
  /** The Host header that was to be sent. */
  readonly host: string;
}

/** The failures of one upstream. Each kind is told in full now and then, and counted in between. */
export class UpstreamFailures {
  readonly #config: UpstreamConfig;
  readonly #told = new Map<string, { at: number; repeated: number }>();

  constructor(config: UpstreamConfig) {
    this.#config = config;
  }

  read(error: unknown, { requestId, status, host }: FailedRequest): UpstreamFailure {
    const facts = errorFacts(error);
    const { isDue, repeated } = this.#count(facts.code ?? 'unknown');
    const diagnosis = isDue ? this.#diagnose(error, host) : null;
    return {
      time: new Date().toISOString(),
      requestId,
      upstream: this.#config.key,
      to: this.#config.origin,
      status,
      error: facts,
      diagnosis,
      fixes: diagnosis === null ? [] : fixesFor(diagnosis, this.#config),
      repeated,
    };
  }

  #count(code: string): { isDue: boolean; repeated: number } {
    const now = performance.now();
    const last = this.#told.get(code);
    if (last !== undefined && now - last.at < quietTime) {
      last.repeated++;
      return { isDue: false, repeated: last.repeated };
    }
    // Codes are Node's and undici's: few. What a server could make up has none.
    this.#told.set(code, { at: now, repeated: 0 });
    return { isDue: true, repeated: last?.repeated ?? 0 };
  }

  /** What the error tells, with the names that are known here. */
  #diagnose(error: unknown, host: string): Diagnosis | null {
    const { origin, connection, named } = this.#config;
    const found = explainError(error, { client: 'undici', asked: origin });
    if (found === null) return null;
    const from = named ? 'option-name' : 'url';
    const names: SixNames = {
      ...found.names,
      sent: { value: connection.sni, from: connection.sni === null ? 'not-sent-for-ip' : from },
      checked: { value: connection.name, from },
      host: { value: host, from: this.#config.host === 'preserve' ? 'host-header' : 'client-option' },
    };
    // Where it was called is a place in the proxy, and no one's to change.
    return {
      ...found,
      names,
      ...(found.app === undefined ? {} : { app: { ...found.app, callSite: null, library: null } }),
    };
  }
}
