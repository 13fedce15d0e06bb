import diagnosticsChannel from 'node:diagnostics_channel';
import { EventEmitter, errorMonitor } from 'node:events';
import type net from 'node:net';
import type tls from 'node:tls';
import { Acquaintances } from './acquaintances.ts';
import { AgentRequests, type AgentLike } from './agent-requests.ts';
import { Beginnings } from './beginnings.ts';
import { BeneathSockets } from './beneath-sockets.ts';
import { capture, makeRoom, plainStackOf, takeBackRoom, type Captured } from './capture.ts';
import { givenOptions, hostHeaderOf, isObject, type ArgumentsOfNet } from './given.ts';
import { Handshakes } from './handshakes.ts';
import { NodeModules } from './node-modules.ts';
import { isOfTls, refusalOfAddress, shownBy } from './shown.ts';
import { isAddress, ServerNames } from './server-names.ts';
import { newSighting, type Sighting, type UndiciConnect } from './sighting.ts';
import { StandIns } from './stand-in.ts';
import { asText, toStderr } from './stderr.ts';
import { switchOf } from './switch.ts';
import { addressOf, connectOptionsOf, isConnecting } from './tls-socket.ts';
import { UndiciWords } from './undici-words.ts';
import type { Memory, Witness } from './watch-contract.ts';
import { Waiting } from './waiting.ts';
import { WatchedAgents } from './watched-agents.ts';

/**
 * Watches the TLS connections of this process. Every function that is replaced calls the one before with the same
 * `this` and the same arguments, and gives back what it gives, throws what it throws. What is ours runs beside it, and
 * when it fails once, everything is put back and nothing is watched any more.
 *
 * | replaced, once the program has it     | why                                                                 |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `tls.connect`                         | the options as the client library gives them, and who called          |
 * | `net.Socket.prototype.connect`        | who called, where TLS begins later on the same socket (STARTTLS)      |
 * | `http.Agent.prototype.createSocket`   | the request, for its Host header                                      |
 * | `http.Agent.prototype.addRequest`     | who called, once there is an agent that connects later                |
 * | `tls.createSecureContext`             | who called, for gRPC, which connects later                            |
 * | `EventEmitter.init`                   | who made a client object, for libraries that connect later; a TLS     |
 * |                                       | socket of a `tls.connect` that was taken before it was replaced       |
 * | `verifyError` of Node's TLS handles   | what the server showed, just before Node judges it                    |
 *
 * The only listener on a socket is one to `errorMonitor`, which consumes nothing.
 */
export function watch(load: (memory: Memory) => Witness, recording: boolean): void {
  let off = false;
  /** Inside one of Node's own functions that calls another one replaced here. */
  let inside = false;
  const undici = new UndiciWords();
  let witness: Witness | undefined;

  const sightings = new WeakMap<object, Sighting>();
  /** Sockets whose handshake is over, until Node has judged them. */
  const judging = new Set<tls.TLSSocket>();
  const waiting = new Waiting();
  const beneath = new BeneathSockets(waiting);
  const contexts = new WeakMap<object, Captured>();
  const asked = new AgentRequests(waiting);
  const acquaintances = new Acquaintances();
  const beginnings = new Beginnings([EventEmitter]);
  const serverNames = new ServerNames();

  const memory: Memory = {
    beginnings,
    serverNames,
    settle,
    contextOf: (context) => (isObject(context) ? (contexts.get(context) ?? null) : null),
    askedOf: (agent, host, port) => asked.of(agent, host, port),
  };
  const told = (): Witness => (witness ??= load(memory));

  const initOf = uncurried(emitter.init);

  /** The two prototypes of what every request of `http` makes, once the program has it. */
  let requestKind: unknown = null;
  let responseKind: unknown = null;

  /**
   * Stands in for `EventEmitter.init`. It runs for every emitter, and is seldom compiled: what every request makes goes
   * through in as few steps as there can be.
   */
  function init(this: object, options: unknown): unknown {
    const kind: unknown = getPrototypeOf(this);
    return kind === requestKind || kind === responseKind
      ? initOf(this, options)
      : initOfOther(this, kind, options);
  }

  function initOfOther(made: object, kind: unknown, options: unknown): unknown {
    let adopted = false;
    if (!off) {
      try {
        if (modules.looking) modules.look();
        if (kind === tlsSocketKind) adopted = !inside && adopt(made as tls.TLSSocket);
        else if (!beginnings.isOrdinary(kind)) {
          agents.made(made);
          beginnings.enter(made, kind as object, init);
        }
      } catch (fault) {
        stepAside(fault);
      }
    }
    const result = initOf(made, options);
    if (adopted) apply(on, made, [errorMonitor, onError]);
    return result;
  }

  /** Of `tls`, once the program has it. */
  let tlsSocketKind: unknown = null;
  let nodeConnect: unknown = null;
  let nodeCheck: unknown = null;

  function watchTls(): void {
    const tls = process.getBuiltinModule('node:tls');
    // Loaded by way of `_tls_wrap`, Node's own circle leaves it empty.
    if (typeof tls.connect !== 'function') return;
    const before = {
      connect: tls.connect as (...args: unknown[]) => tls.TLSSocket,
      createSecureContext: tls.createSecureContext,
    };
    tlsSocketKind = tls.TLSSocket.prototype;
    nodeConnect = before.connect;
    nodeCheck = tls.checkServerIdentity;
    standIns.put(tls, 'connect', function connect(this: unknown, ...args: unknown[]): tls.TLSSocket {
      if (off) return apply(before.connect, this, args);
      const words = undici.any ? (guarded(() => undici.take(givenOptions(args))) ?? null) : null;
      const outer = inside;
      inside = true;
      // Three of ours: this one, what calls it, and `connect` of the socket.
      const room = makeRoom(3);
      let socket: tls.TLSSocket | undefined;
      try {
        return (socket = apply(before.connect, this, args));
      } finally {
        takeBackRoom(room, 3);
        inside = outer;
        // What is thrown is not caught: Node would name the line that throws it again as its source.
        try {
          const options = (socket && connectOptionsOf(socket)) ?? givenOptions(args);
          const host = hostHeaderOf(agents.request);
          const by = switchOf(options, args);
          // Past a switch every place counts, and so it does where every name is kept.
          const acquaintance =
            by !== null || recording ? null : acquaintances.of(agents.request, options, host);
          const captured = acquaintance?.way() ?? capture(connect);
          const sighting = newSighting(options, by, captured, host, beneath.of(options.socket));
          sighting.undici = words;
          sighting.acquaintance = acquaintance;
          if (socket === undefined) refusedAtOnce(sighting);
          else {
            enter(socket, sighting);
            apply(on, socket, [errorMonitor, onError]);
          }
        } catch (fault) {
          stepAside(fault);
        }
      }
    });
    standIns.put(
      tls,
      'createSecureContext',
      function createSecureContext(this: unknown, ...args: unknown[]): tls.SecureContext {
        const context = apply(before.createSecureContext, this, args);
        if (!off && !inside) {
          guarded(() => contexts.set(context, capture(createSecureContext)));
        }
        return context;
      },
    );
    process.getBuiltinModule('node:module').syncBuiltinESMExports();
  }

  function enter(socket: tls.TLSSocket, sighting: Sighting): void {
    sightings.set(socket, sighting);
    handshakes.watch(socket);
    beneath.enterSecure(socket, sighting.options, agents.request);
    // Over a connection that stands already, TLS has begun by now.
    if (!socket.connecting) sighting.address = addressOf(socket);
  }

  /** `tls.connect` has thrown. For an address as server name Node 26 does (RFC 6066 §3). */
  function refusedAtOnce(sighting: Sighting): void {
    const { servername } = sighting.options;
    if (refusesAddresses && isAddress(servername)) told().failed(sighting, refusalOfAddress(servername));
  }

  /**
   * A client's socket is being made by Node's `tls.connect`, which the program has called as it was before: it took the
   * function early, or nothing was made since it loaded `tls`. Its options are there when that call is over.
   */
  function adopt(socket: tls.TLSSocket): boolean {
    const { _tlsOptions: own } = socket as unknown as { _tlsOptions?: { isServer?: boolean } };
    if (own?.isServer !== false) return false;
    const captured = capture(nodeConnect as () => void);
    const host = hostHeaderOf(agents.request);
    const complete = (): void => {
      if (off) return;
      guarded(() => {
        const options = connectOptionsOf(socket);
        if (options === null) return;
        const by = switchOf(options, []);
        enter(socket, newSighting(options, by, captured, host, beneath.of(options.socket)));
      });
    };
    void apply(then, resolved, [complete]);
    return true;
  }

  /**
   * Node 26 throws for an address as server name (RFC 6066 §3) before it makes a socket. Where that is the first thing
   * the program does with TLS, `tls.connect` is not replaced yet; it asks `net` to put its arguments in order.
   */
  function watchArguments(): void {
    const net = process.getBuiltinModule('node:net') as unknown as ArgumentsOfNet;
    const { _normalizeArgs: normalize } = net;
    standIns.put(net, '_normalizeArgs', function _normalizeArgs(this: unknown, args: unknown[]): unknown {
      if (!off && modules.looking) {
        guarded(() => {
          modules.look();
          const options = givenOptions(args);
          const { servername } = options;
          if (tlsSocketKind === null || inside || !isAddress(servername)) return;
          const captured = capture(nodeConnect as () => void);
          const host = hostHeaderOf(agents.request);
          const sighting = newSighting(options, null, captured, host, beneath.of(options.socket));
          told().failed(sighting, refusalOfAddress(servername));
        });
      }
      return apply(normalize, this, [args]);
    });
  }

  function watchNet(): void {
    const { Server, Socket } = process.getBuiltinModule('node:net');
    const { prototype } = Socket;
    beginnings.areOrdinary([Socket, Server]);
    // oxlint-disable-next-line typescript/unbound-method
    const before = prototype.connect;
    standIns.put(prototype, 'connect', function connect(this: net.Socket, ...args: unknown[]): net.Socket {
      if (!off && !inside && getPrototypeOf(this) !== tlsSocketKind) {
        undici.pass();
        guarded(() => beneath.enter(this, args, capture(connect), agents.request));
      }
      const room = off || inside ? null : makeRoom(2);
      try {
        return apply(before, this, args);
      } finally {
        takeBackRoom(room, 2);
      }
    });
  }

  function watchHttp(): void {
    const http = process.getBuiltinModule('node:http');
    beginnings.areOrdinary([http.Agent, http.Server, http.OutgoingMessage, http.ServerResponse]);
    requestKind = http.ClientRequest.prototype;
    responseKind = http.IncomingMessage.prototype;
    agents.begin(http.Agent.prototype as unknown as AgentLike);
  }

  function onStart(socket: tls.TLSSocket): void {
    const sighting = off ? undefined : sightings.get(socket);
    if (sighting !== undefined) guarded(() => void (sighting.address ??= addressOf(socket)));
  }

  /** The handshake is over, and Node is about to judge what the server showed. */
  function onHandshake(socket: tls.TLSSocket, failure: Error | null): void {
    if (off) return;
    guarded(() => {
      const sighting = sightings.get(socket);
      if (sighting === undefined || sighting.state !== 'connecting') return;
      sighting.address ??= addressOf(socket);
      // A check of the program's own may refuse, and show nothing of the certificate.
      const { checkServerIdentity } = sighting.options;
      const isOwn = checkServerIdentity !== nodeCheck;
      if (failure !== null || sighting.switch !== null || isOwn || recording)
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
        if (sighting.captured !== null) sighting.acquaintance?.stood(sighting.captured);
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
    const stood = sighting.state === 'secure';
    if (isOfTls(error, { authorizationError, stood, connected: sighting.address !== null })) {
      sighting.acquaintance?.failed();
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
      const { connectParams } = message as { connectParams?: UndiciConnect & { protocol?: unknown } };
      if (connectParams?.protocol === 'https:') modules.expect('tls');
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
  const agents = new WatchedAgents(standIns, asked, (act) => void (off || guarded(act)));
  const handshakes = new Handshakes(standIns, { begins: onStart, over: onHandshake });
  const modules = new NodeModules({ net: watchNet, tls: watchTls, http: watchHttp });
  standIns.put(emitter, 'init', init);
  // Where somebody listens already, undici does not log what NODE_DEBUG asks it to.
  if (!/undici|fetch|websocket|\*/i.test(process.env['NODE_DEBUG'] ?? ''))
    diagnosticsChannel.subscribe(undiciChannel, onUndici);
  modules.begin();
  if (tlsSocketKind === null && refusesAddresses) watchArguments();
}

// As they are before the program runs: it may put its own in their place.
const { apply } = Reflect;
const { getPrototypeOf } = Object;
const uncurried = Function.prototype.bind.bind(Function.prototype.call) as (
  method: (...args: unknown[]) => unknown,
) => (self: unknown, ...args: unknown[]) => unknown;
// oxlint-disable-next-line typescript/unbound-method
const { on } = EventEmitter.prototype;
// oxlint-disable-next-line typescript/unbound-method
const { then } = Promise.prototype;
const resolved = Promise.resolve();

/** Whether this Node throws for an address as server name (RFC 6066 §3). */
const refusesAddresses = Number.parseInt(process.versions.node) >= 26;

const undiciChannel = 'undici:client:beforeConnect';

const emitter = EventEmitter as unknown as { init: (...args: unknown[]) => unknown };
