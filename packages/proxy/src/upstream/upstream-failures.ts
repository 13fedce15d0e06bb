import { errorFacts, explainError, type Diagnosis, type SixNames } from '@altname/core';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';
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
  /** The server that an error came from. */
  readonly #servers = new WeakMap<object, ServerConfig>();

  constructor(config: UpstreamConfig) {
    this.#config = config;
  }

  /** Says which server an error came from. */
  note(error: Error, server: ServerConfig): void {
    this.#servers.set(error, server);
  }

  read(error: unknown, { requestId, status, host }: FailedRequest): UpstreamFailure {
    const facts = errorFacts(error);
    const server = this.#serverOf(error);
    const { isDue, repeated } = this.#count(`${server.key} ${facts.code ?? 'unknown'}`);
    const diagnosis = isDue ? this.#diagnose(error, server, host) : null;
    return {
      time: new Date().toISOString(),
      requestId,
      upstream: this.#config.key,
      to: server.origin,
      status,
      error: facts,
      diagnosis,
      fixes: diagnosis === null ? [] : fixesFor(diagnosis, this.#config, server, false),
      repeated,
    };
  }

  #serverOf(error: unknown): ServerConfig {
    const known = typeof error === 'object' && error !== null ? this.#servers.get(error) : undefined;
    return known ?? this.#config.servers[0];
  }

  #count(kind: string): { isDue: boolean; repeated: number } {
    const now = performance.now();
    const last = this.#told.get(kind);
    if (last !== undefined && now - last.at < quietTime) {
      last.repeated++;
      return { isDue: false, repeated: last.repeated };
    }
    // Codes are Node's and undici's: few. What a server could make up has none.
    this.#told.set(kind, { at: now, repeated: 0 });
    return { isDue: true, repeated: last?.repeated ?? 0 };
  }

  /** What the error tells, with the names that are known here. */
  #diagnose(error: unknown, { origin, connection, named }: ServerConfig, host: string): Diagnosis | null {
    // Plain HTTP has no names to be wrong.
    if (connection === null) return null;
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
