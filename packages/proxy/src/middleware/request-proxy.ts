import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { FrontDesk, type Handover } from '../front/front-desk.ts';
import type { ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import { makeSetup, type Setup } from '../setup.ts';
import { bodyBefore, withLength } from './body-before.ts';
import { changedFields } from './changed-fields.ts';
import { ProxyError } from './proxy-error.ts';

/** Takes what nobody has answered: without an error what no route is for, with one what no upstream answered. */
export type Next = (error?: Error) => void;

/** How one request is handed over. */
export interface Handing {
  /** What is handed on as target; null for that of the request. */
  readonly target: string | null;
  /** Called at most once, and never after something was answered. */
  readonly next: Next | null;
  /** Whether `next` takes errors, too. */
  readonly handsErrorsOn: boolean;
}

/** The proxy in a server that is not its own. */
export class RequestProxy {
  readonly #setup: Setup;
  readonly #desk: FrontDesk;
  /** Open sockets of upgrades: no server ends them when it is closed. */
  readonly #upgraded = new Set<Duplex>();

  constructor(config: ProxyConfig) {
    this.#setup = makeSetup(config, null);
    this.#desk = new FrontDesk(this.#setup);
  }

  take(request: ServerRequest, answer: ServerAnswer, { target, next, handsErrorsOn }: Handing): void {
    // Another has answered: nothing is left to be done, and nobody to be told.
    if (answer.headersSent || answer.writableEnded || answer.destroyed) return;
    const body = bodyBefore(request);
    const fields = changedFields(request);
    this.#desk.take(request, answer, {
      socket: null,
      target,
      rawHeaders: Buffer.isBuffer(body) ? withLength(fields ?? request.rawHeaders, body.length) : fields,
      body,
      next: next === null ? null : () => next(),
      fail: failed(handsErrorsOn ? next : null, body),
    });
  }

  /** @param next takes an upgrade that no route is for; null for 404 */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    rest: Buffer,
    target: string | null,
    next: (() => void) | null,
  ): void {
    const rawHeaders = changedFields(request);
    const take = (): void => {
      this.#upgraded.delete(socket);
      next?.();
    };
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    this.#desk.take(request, null, {
      socket: { socket, rest },
      target,
      rawHeaders,
      body: null,
      next: next === null ? null : take,
      fail: null,
    });
  }

  /** Ends what was upgraded. */
  endUpgrades(): void {
    for (const socket of this.#upgraded) socket.destroy();
  }

  /** Ends the connections to the upstreams, and with them what is under way. */
  async close(): Promise<void> {
    this.#desk.drain();
    this.endUpgrades();
    await Promise.all([...this.#setup.upstreams.values()].map((upstream) => upstream.destroy()));
  }
}

function failed(next: Next | null, body: Handover['body']): Handover['fail'] {
  if (body === 'lost') warnOfBody();
  if (next === null) return null;
  // Not in the turn of the client of HTTP: what a handler of errors throws is not for it.
  return (status, requestId, failure) => setImmediate(next, new ProxyError(status, requestId, failure));
}

let hasWarned = false;

/** Once: it is a mistake in the program, and the same for each request. */
function warnOfBody(): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    'a body was read before the proxy got it (express.json() and others): use the proxy before the parser, or keep the octets as req.rawBody',
    { code: 'ALTNAME_BODY_READ' },
  );
}
