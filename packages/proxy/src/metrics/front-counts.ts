import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FrontServer } from '../front/front-server.ts';
import type { MetricValue } from './metric.ts';
import { Tally } from './tally.ts';

/** Connections in front: counted as they come, and read where they are open. */
export class FrontCounts {
  readonly handshakes: Tally = new Tally('version', 'protocol');
  /** Heads that Node's parser refuses, or waits for too long. */
  readonly unreadable: Tally = new Tally('code');
  readonly failures: Tally = new Tally('code');
  #taken = 0;
  #received = 0;
  #sent = 0;
  /** Those that have connections; the last is the one that takes them. */
  readonly #fronts = new Set<FrontServer>();

  /** Begins to count. */
  attach(front: FrontServer): void {
    this.#fronts.add(front);
    const { server } = front;
    server.once('close', () => this.#fronts.delete(front));
    server.on('connection', (socket: Socket) => {
      this.#taken++;
      socket.once('close', () => {
        this.#received += socket.bytesRead;
        this.#sent += socket.bytesWritten;
      });
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.handshakes.add(socket.getProtocol() ?? 'other', socket.alpnProtocol || 'none');
    });
    server.on('clientError', ({ code = '' }: NodeJS.ErrnoException) => {
      if (code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT') this.unreadable.add(code);
    });
    server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => {
      this.failures.add(typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,80}$/.test(code) ? code : 'other');
    });
  }

  get taken(): number {
    return this.#taken;
  }

  /** Octets on the wire, of connections that are over and of those that are open. */
  octets(): { readonly received: number; readonly sent: number } {
    let [received, sent] = [this.#received, this.#sent];
    for (const socket of [...this.#fronts].flatMap(({ connections }) => [...connections])) {
      received += socket.bytesRead;
      sent += socket.bytesWritten;
    }
    return { received, sent };
  }

  open(): MetricValue[] {
    let [all, h2] = [0, 0];
    for (const { connections, sessions } of this.#fronts) {
      all += connections.size;
      h2 += Math.min(connections.size, sessions.size);
    }
    return [
      { value: h2, labels: { protocol: 'h2' } },
      { value: all - h2, labels: { protocol: 'other' } },
    ];
  }

  /** The certificates that clients are shown, with the end of their validity in seconds. */
  certificates(): MetricValue[] {
    return ([...this.#fronts].at(-1)?.certificates() ?? []).map(({ name, fingerprint, notAfter }) => ({
      value: notAfter.getTime() / 1000,
      labels: { name, fingerprint },
    }));
  }
}
