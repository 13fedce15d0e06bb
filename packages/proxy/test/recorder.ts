import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import type { Identity } from './authority.ts';
import { readStrictly, requestLine, type StrictReading } from './strict-http.ts';

/** A server that is no HTTP server: it keeps every octet, and answers what it reads strictly. */
export interface Recorder {
  readonly url: string;
  /** Every whole request that came, in one line each, in the order of their ends. */
  reached(): string[];
  /** The names of all their fields, in lower case and in order. */
  fieldNames(): string[];
  /** Whatever came and is no request: why. The beginning of one is none where its connection was ended. */
  faults(): string[];
  /** Forgets what came, but for the connections and what is not whole yet. */
  forget(): void;
}

interface Recorded {
  octets: string;
  isOpen: boolean;
}

/** @param answer what each whole request gets; `200` with its own line as body when not given */
export async function startRecorder(
  identity: Identity,
  answer: (line: string, socket: TLSSocket) => string | null = (line) =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${line.length}\r\n\r\n${line}`,
): Promise<Recorder> {
  const connections = new Set<Recorded>();
  const arrived: string[] = [];
  const names = new Set<string>();
  const open = new Set<TLSSocket>();
  const server = tls.createServer({ ...identity, ALPNProtocols: ['http/1.1'] }, (socket) => {
    const recorded: Recorded = { octets: '', isOpen: true };
    let unanswered = '';
    open.add(socket);
    connections.add(recorded);
    socket.on('error', () => {});
    socket.once('close', () => {
      recorded.isOpen = false;
      open.delete(socket);
    });
    socket.on('data', (chunk: Buffer) => {
      recorded.octets += chunk.toString('latin1');
      const { messages, rest, fault } = read(unanswered + chunk.toString('latin1'));
      unanswered = rest;
      for (const message of messages) {
        arrived.push(requestLine(message));
        for (const [name] of message.fields) names.add(name);
        const octets = answer(requestLine(message), socket);
        if (octets !== null) socket.write(octets, 'latin1');
      }
      if (fault !== null) socket.destroy();
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached: () => [...arrived],
    fieldNames: () => [...names].sort(),
    faults: () =>
      [...connections].flatMap(({ octets, isOpen }) => {
        const { fault, rest } = read(octets);
        const why = fault ?? (isOpen && rest !== '' ? 'not whole' : null);
        return why === null ? [] : [`${why}: ${JSON.stringify(rest.slice(0, 200))}`];
      }),
    forget() {
      arrived.length = 0;
      names.clear();
      for (const recorded of connections) {
        if (recorded.isOpen) recorded.octets = read(recorded.octets).rest;
        else connections.delete(recorded);
      }
    },
  };
}

function read(octets: string): StrictReading {
  return readStrictly(octets, 'requests');
}
