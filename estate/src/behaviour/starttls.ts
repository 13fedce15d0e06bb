import type { Duplex } from 'node:stream';
import type { StartTls } from '@altname/core';
import { ignore, type Behaviour } from './behaviour.ts';
import { binaryDialogs } from './starttls-binary.ts';
import { textDialogs } from './starttls-text.ts';

/** What a server does about one command: how many octets it took, what it replies, and what comes then. */
interface Reaction {
  readonly taken: number;
  readonly reply: string | Uint8Array;
  /** `tls`: the client's next octets are a ClientHello. The next command when not given. */
  readonly next?: 'tls' | 'close';
}

/** Reads the command that the octets begin with; null when more must come. */
export type Step = (octets: Buffer) => Reaction | null;

/** A protocol up to the point where TLS begins. */
export interface Dialog {
  /** What the server says first; null where the client begins. */
  readonly greeting: string | Uint8Array | null;
  readonly step: Step;
}

/** A server that speaks the protocol in plain text until the client asks for TLS, and then is the behaviour behind. */
export function startTls(protocol: StartTls, behind: Behaviour): Behaviour {
  const dialog = dialogs[protocol];
  return (stream) => converse(stream, dialog, behind);
}

/** The same server before TLS, offering none: a client that begins with TLS gets its banner. */
export function plainText(protocol: StartTls): Behaviour {
  return startTls(protocol, (stream) => stream.destroy());
}

/** A server that says this first and waits. */
export function banner(text: string): Behaviour {
  return (stream) => {
    stream.on('error', ignore).resume();
    stream.write(text);
  };
}

/** What an OpenSSH server says first (RFC 4253 §4.2). */
export const sshBanner = 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n';

const dialogs: Record<StartTls, Dialog> = { ...textDialogs, ...binaryDialogs };

/** No dialogue before TLS is longer than this. */
const mostOctets = 4096;

function converse(stream: Duplex, dialog: Dialog, behind: Behaviour): void {
  let seen = Buffer.alloc(0);
  const read = (): void => {
    for (
      let octets = stream.read() as Buffer | null;
      octets !== null;
      octets = stream.read() as Buffer | null
    ) {
      seen = Buffer.concat([seen, octets]);
    }
    for (let done = dialog.step(seen); done !== null; done = dialog.step(seen)) {
      stream.write(done.reply);
      seen = seen.subarray(done.taken);
      if (done.next === undefined) continue;
      stream.off('readable', read);
      if (done.next === 'close') {
        stream.end();
      } else {
        if (seen.length > 0) stream.unshift(seen);
        behind(stream);
      }
      return;
    }
    if (seen.length > mostOctets) stream.destroy();
  };
  stream.on('error', ignore);
  stream.on('readable', read);
  if (dialog.greeting !== null) stream.write(dialog.greeting);
}
