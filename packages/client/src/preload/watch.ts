import diagnosticsChannel from 'node:diagnostics_channel';
import { EventEmitter, errorMonitor } from 'node:events';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import { AgentRequests, type AgentRequest } from './agent-requests.ts';
import { alwaysAgrees } from './agreeable.ts';
import { Beginnings } from './beginnings.ts';
import { BeneathSockets } from './beneath-sockets.ts';
import { capture, plainStackOf, type Captured } from './capture.ts';
import { givenOptions, hostHeaderOf, isObject, saysNotToReject } from './given.ts';
import { Handshakes } from './handshakes.ts';
import { isOfServername, isOfTls, shownBy } from './shown.ts';
import { ServerNames } from './server-names.ts';
import type { ConnectOptions, Sighting, Switch, UndiciConnect } from './sighting.ts';
import { StandIns } from './stand-in.ts';
import { toStderr } from './stderr.ts';
import { UndiciWords } from './undici-words.ts';
import { Waiting } from './waiting.ts';

/** What is told of the connections, in the part that is loaded when there is something to tell. */
export interface Witness {
  failed(sighting: Sighting, error: unknown): void;
  /** Node is about to judge it; `passes` when a switch keeps it from refusing. */
  judging(sighting: Sighting, passes: boolean): void;
  /** It stands, and every name is wanted. */
  stands(sighting: Sighting): void;
}

/** What a witness may ask of the watch. */
export interface Memory {
  readonly beginnings: Beginnings;
  /** The server names of connections that stand, or stood. */
  readonly serverNames: ServerNames;
  /** The stack on which a secure context was made. */
  contextOf(context: unknown): Captured | null;
  /** What an agent that connects later was asked for. */
  askedOf(agent: unknown, host: string | null, port: number | null): AgentRequest | null;
  /** Enters what Node has judged by now. */
  settle(): void;
}

/**
 * Watches the TLS connections of this process. Every function that is replaced calls the one before with the same
 * `this` and the same arguments, and gives back what it gives, throws what it throws. What is ours runs beside it, and
 * when it fails once, everything is put back and nothing is watched any more.
 *
 * | replaced                              | why                                                                 |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `tls.connect`                         | the options as the client library gives them, and who called          |
 * | `net.Socket.prototype.connect`        | who called, where TLS begins later on the same socket (STARTTLS)      |
 * | `http.Agent.prototype.addRequest`     | the Host header; who called, for agents that connect later            |
 * | `tls.createSecureContext`             | who called, for gRPC, which connects later                            |
 * | `EventEmitter.init`                   | who made a client object, for libraries that connect later            |
 * | `verifyError` of Node's TLS handles   | what the server showed, just before Node judges it                    |
 *
 * The only listener on a socket is one to `errorMonitor`, which consumes nothing.
 */
export function watch(load: (memory: Memory) => Witness, recording: boolean): void {
  let off = false;
  /** Inside one of Node's own functions that calls another one replaced here. */
  let inside = false;
  /** The request that an agent is just now finding a socket for. */
  let currentRequest: unknown = null;
  const undici = new UndiciWords();
  let witness: Witness | undefined;

  const sightings = new WeakMap<object, Sighting>();
  /** Sockets whose handshake is over, until Node has judged them. */
  const judging = new Set<tls.TLSSocket>();
  const waiting = new Waiting();
  const beneath = new BeneathSockets(waiting);
  const contexts = new WeakMap<object, Captured>();
  const asked = new AgentRequests(waiting);
  const beginnings = new Beginnings(ordinaryClasses());

  const serverNames = new ServerNames();

  const memory: Memory = {
    beginnings,
    serverNames,
    settle,
    contextOf: (context) => (isObject(context) ? (contexts.get(context) ?? null) : null),
    askedOf: (agent, host, port) => asked.of(agent, host, port),
  };
  const told = (): Witness => (witness ??= load(memory));

  const before = {
    connect: tls.connect as (...args: unknown[]) => tls.TLSSocket,
    createSecureContext: tls.createSecureContext,
    socketConnect: net.Socket.prototype.connect,
    addRequest: agentPrototype.addRequest,
    init: emitter.init,
  };

  const ours = {
    connect: function connect(this: unknown, ...args: unknown[]): tls.TLSSocket {
      if (off) return apply(before.connect, this, args);
      const captured = guarded(() => capture(ours.connect)) ?? null;
      const host = guarded(() => hostHeaderOf(currentRequest)) ?? null;
      const words = undici.any ? (guarded(() => undici.take(givenOptions(args))) ?? null) : null;
      const outer = inside;
      inside = true;
      let socket: tls.TLSSocket;
      try {
        socket = apply(before.connect, this, args);
      } catch (error) {
        guarded(() => {
          if (!isOfServername(error)) return;
          told().failed(sightingOf(givenOptions(args), args, captured, host, words), error);
        });
        throw error;
      } finally {
        inside = outer;
      }
      guarded(() => {
        const options = connectOptionsOf(socket) ?? givenOptions(args);
        sightings.set(socket, sightingOf(options, args, captured, host, words));
        handshakes.watch(socket);
        apply(on, socket, [errorMonitor, onError]);
      });
      return socket;
    },

    createSecureContext: function createSecureContext(this: unknown, ...args: unknown[]): tls.SecureContext {
      const context = apply(before.createSecureContext, this, args);
      if (!off && !inside) {
        guarded(() => contexts.set(context, capture(ours.createSecureContext)));
      }
      return context;
    },

    socketConnect: function connect(this: net.Socket, ...args: unknown[]): net.Socket {
      if (!off && !inside) {
        undici.pass();
        guarded(() => beneath.enter(this, args, capture(ours.socketConnect)));
      }
      return apply(before.socketConnect, this, args);
    },

    // These two run for every request: nothing is made here for each call, and nothing asked that can wait.
    addRequest: function addRequest(
      this: AgentLike,
      request: unknown,
      options: unknown,
      port: unknown,
      localAddress: unknown,
    ): unknown {
      if (off) return addRequestOf(this, request, options, port, localAddress);
      const outer = currentRequest;
      currentRequest = request;
      if (this.createSocket !== createSocket) remember(this, options);
      try {
        return addRequestOf(this, request, options, port, localAddress);
      } finally {
        currentRequest = outer;
      }
    },

    init: function init(this: object, options: unknown): unknown {
      if (!off) {
        try {
          if (!beginnings.isOrdinary(this)) beginnings.enter(this, ours.init);
        } catch (fault) {
          stepAside(fault);
        }
      }
      return initOf(this, options);
    },
  };
  const addRequestOf = uncurried(before.addRequest);
  const initOf = uncurried(before.init);

  function remember(agent: object, options: unknown): void {
    guarded(() => asked.remember(agent, options, capture(ours.addRequest)));
  }

  function sightingOf(
    options: ConnectOptions,
    args: readonly unknown[],
    captured: Captured | null,
    hostHeader: string | null,
    words: UndiciConnect | null,
  ): Sighting {
    const { socket } = options;
    return {
      captured,
      options,
      hostHeader,
      undici: words,
      beneath: isObject(socket) ? beneath.of(socket) : null,
      switch: switchOf(options, args),
      started: performance.now(),
      address: null,
      shown: null,
      state: 'connecting',
    };
  }

  /** The handshake is over, and Node is about to judge what the server showed. */
  function onHandshake(socket: tls.TLSSocket, failure: Error | null): void {
    if (off) return;
    guarded(() => {
      const sighting = sightings.get(socket);
      if (sighting === undefined || sighting.state !== 'connecting') return;
      sighting.address = socket.remoteAddress ?? null;
      if (failure !== null || sighting.switch !== null || recording)
        sighting.shown = shownBy(socket, failure);
      judging.add(socket);
      void apply(then, resolved, [settle]);
      // Node will let it stand; the program may end as soon as it learns of it.
      const passes = sighting.switch === 'identity' ? failure === null : sighting.switch !== null;
      if (passes || recording) told().judging(sighting, passes);
    });
  }

  /** Node has judged, and the program has learnt of it. */
  function settle(): void {
    if (off) return;
    guarded(() => {
      for (const socket of judging) {
        const sighting = sightings.get(socket);
        if (sighting?.state !== 'connecting') continue;
        if (isConnecting(socket)) {
          // Refused, and a domain took the error before anybody could listen.
          if (socket.errored !== null) failed(socket, sighting, socket.errored);
          continue;
        }
        sighting.state = 'secure';
        const { servername, hostname, host } = sighting.options;
        serverNames.enter(servername, hostname ?? host ?? sighting.beneath?.host);
        if (recording) told().stands(sighting);
        sighting.captured = null;
        sighting.shown = null;
      }
      judging.clear();
    });
  }

  function failed(socket: tls.TLSSocket, sighting: Sighting, error: object): void {
    const { authorizationError } = socket;
    if (isOfTls(error, { authorizationError, stood: sighting.state === 'secure' })) {
      told().failed(sighting, error);
    }
    sighting.state = 'told';
    sighting.captured = null;
    sighting.shown = null;
  }

  function onError(this: tls.TLSSocket, error: unknown): void {
    if (off) return;
    guarded(() => {
      const sighting = sightings.get(this);
      if (sighting === undefined || sighting.state === 'told' || !isObject(error)) return;
      if (!isConnecting(this)) {
        settle();
        sighting.state = 'secure';
      }
      failed(this, sighting, error);
    });
  }

  const onUndici = (message: unknown): void => {
    guarded(() => {
      const { connectParams } = message as { connectParams?: UndiciConnect };
      undici.said(connectParams ?? null, capture(onUndici));
    });
  };

  /** Runs what is ours. Its fault is told once, and ends the watch: the program goes on as if it had never begun. */
  function guarded<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (fault) {
      stepAside(fault);
      return undefined;
    }
  }

  function stepAside(fault: unknown): void {
    // A program that has used up its stack learns of it in its own next call.
    if (off || (fault instanceof RangeError && fault.message.startsWith('Maximum call stack'))) return;
    off = true;
    try {
      standIns.remove();
      diagnosticsChannel.unsubscribe(undiciChannel, onUndici);
      const text = fault instanceof Error ? plainStackOf(fault) : String(fault);
      toStderr(
        `altname: a fault of altname itself; it steps aside and the program goes on. ${asText(text)}\n`,
      );
    } catch {
      // Nobody is left to tell.
    }
  }

  const standIns = new StandIns();
  const handshakes = new Handshakes(standIns, onHandshake);
  standIns.put(tls, 'connect', ours.connect);
  standIns.put(tls, 'createSecureContext', ours.createSecureContext);
  standIns.put(net.Socket.prototype, 'connect', ours.socketConnect);
  standIns.put(agentPrototype, 'addRequest', ours.addRequest);
  standIns.put(emitter, 'init', ours.init);
  diagnosticsChannel.subscribe(undiciChannel, onUndici);
  syncBuiltinESMExports();
}

// As they are before the program runs: it may put its own in their place.
const { apply } = Reflect;
const uncurried = Function.prototype.bind.bind(Function.prototype.call) as (
  method: (...args: unknown[]) => unknown,
) => (self: unknown, ...args: unknown[]) => unknown;
// oxlint-disable-next-line typescript/unbound-method
const { on } = EventEmitter.prototype;
// oxlint-disable-next-line typescript/unbound-method
const { then } = Promise.prototype;
const resolved = Promise.resolve();
const identity = tls.checkServerIdentity;

const undiciChannel = 'undici:client:beforeConnect';

interface AgentLike {
  addRequest(...args: unknown[]): unknown;
  createSocket?: unknown;
}

const agentPrototype = http.Agent.prototype as unknown as AgentLike;
const { createSocket } = agentPrototype;
const emitter = EventEmitter as unknown as { init: (...args: unknown[]) => unknown };

/** The switch that keeps Node from refusing. The program's own options are asked last: they may be a proxy. */
function switchOf(options: ConnectOptions, args: readonly unknown[]): Switch | null {
  if (options.rejectUnauthorized === false) {
    const everywhere = process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
    return everywhere && !saysNotToReject(args) ? 'environment' : 'option';
  }
  const { checkServerIdentity } = options;
  return checkServerIdentity !== identity && alwaysAgrees(checkServerIdentity) ? 'identity' : null;
}

/** Whether Node has not yet said that the connection is secure. */
function isConnecting(socket: tls.TLSSocket): boolean {
  return (socket as unknown as { secureConnecting?: boolean }).secureConnecting === true;
}

/** Safe to print: nothing of the program or the network can steer a terminal. */
function asText(text: string): string {
  return text.slice(0, 4000).replace(/[^\x20-\x7e\n]/g, '?');
}

/** Classes of Node that programs make by the thousand. */
function ordinaryClasses(): { readonly prototype: object }[] {
  return [
    EventEmitter,
    net.Socket,
    net.Server,
    tls.TLSSocket,
    http.ClientRequest,
    http.IncomingMessage,
    http.OutgoingMessage,
    http.ServerResponse,
    http.Agent,
    http.Server,
  ];
}

/** Where Node keeps the options it put together, under a symbol of its own. */
let optionsSymbol: symbol | undefined;

function connectOptionsOf(socket: tls.TLSSocket): ConnectOptions | null {
  optionsSymbol ??= Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'connect-options',
  );
  if (optionsSymbol === undefined) return null;
  return (socket as unknown as Record<symbol, ConnectOptions | undefined>)[optionsSymbol] ?? null;
}
