import type { UpstreamFailure } from '../upstream/failure.ts';

/**
 * What `next(error)` gets when there is no answer of an upstream. Its message and its stack may be shown to clients, as
 * Express does in development: no name of an upstream is in them.
 */
export class ProxyError extends Error {
  override readonly name: string = 'ProxyError';
  /** 502; 504 when the upstream took too long; 500 when the body of the request had been read before. */
  readonly status: number;
  /** The same: Express, Fastify and Connect read one or the other. */
  readonly statusCode: number;
  readonly requestId: string;
  readonly #failure: UpstreamFailure | null;

  constructor(status: number, requestId: string, failure: UpstreamFailure | null) {
    super(`${words[status] ?? 'the proxy failed'} (request ${requestId})`);
    this.status = status;
    this.statusCode = status;
    this.requestId = requestId;
    this.#failure = failure;
  }

  /** All that is known, for the program's own log; null for a 500. A getter, so that no serialiser shows it. */
  get failure(): UpstreamFailure | null {
    return this.#failure;
  }
}

const words: Readonly<Record<number, string>> = {
  500: 'the body of the request was read before the proxy got it',
  502: 'the upstream did not answer',
  504: 'the upstream did not answer in time',
};
