import { isLate, type AgentLike, type AgentRequests } from './agent-requests.ts';
import { capture } from './capture.ts';
import type { StandIns } from './stand-in.ts';

/** What agents of `http` are asked for, from the moment the program has loaded it. */
export class WatchedAgents {
  /** The request that an agent is just now making a connection for. */
  request: unknown = null;
  readonly #standIns: StandIns;
  readonly #asked: AgentRequests;
  readonly #run: (act: () => void) => void;
  #watchLate: ((made: object) => void) | null = null;

  /** @param run runs what is ours, while there is a watch */
  constructor(standIns: StandIns, asked: AgentRequests, run: (act: () => void) => void) {
    this.#standIns = standIns;
    this.#asked = asked;
    this.#run = run;
  }

  /** `http` is there. */
  begin(prototype: AgentLike): void {
    // oxlint-disable-next-line typescript/no-this-alias, unicorn/no-this-assignment
    const watched = this;
    const { addRequest: addRequestBefore, createSocket: createSocketBefore } = prototype;
    this.#standIns.put(
      prototype,
      'createSocket',
      function createSocket(this: AgentLike, request: unknown, options: unknown, callback: unknown): unknown {
        const outer = watched.request;
        watched.request = request;
        try {
          return apply(createSocketBefore, this, [request, options, callback]);
        } finally {
          watched.request = outer;
        }
      },
    );
    const { createSocket } = prototype;
    // It would run for every request: it is not replaced for agents that connect at once.
    this.#watchLate = (made) => {
      if (!isLate(made, prototype)) return;
      this.#watchLate = null;
      this.#standIns.put(
        prototype,
        'addRequest',
        function addRequest(
          this: AgentLike,
          request: unknown,
          options: unknown,
          port: unknown,
          localAddress: unknown,
        ): unknown {
          if (this.createSocket !== createSocket)
            watched.#run(() => watched.#asked.remember(this, options, capture(addRequest)));
          return apply(addRequestBefore, this, [request, options, port, localAddress]);
        },
      );
    };
  }

  /** An emitter is being made; it may be the first agent that connects in its own time. */
  made(emitter: object): void {
    this.#watchLate?.(emitter);
  }
}

const { apply } = Reflect;
