import type { ErrorFacts, Outcome } from '../diagnosis/evidence.ts';
import { printable } from '../names/printable.ts';

/** What came back in one attempt, in a few parts; nothing of trust or names. */
export function outcomeText(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'handshake': {
      const parts = [protocolText(outcome.protocol)];
      if (outcome.asksForClientCertificate === true) parts.push('asks for a client certificate');
      if (outcome.alertAfter !== null) parts.push(`then ${alertText(outcome.alertAfter)}`);
      return parts;
    }
    case 'alert':
      return [`refused with ${alertText(outcome.alert)}`];
    case 'refused':
      return [`connection refused${codeText(outcome.error)}`];
    case 'unreachable':
      return [`no address to dial${codeText(outcome.error)}`];
    case 'timeout':
      return [`no answer in time, ${duringText[outcome.during]}`];
    case 'reset':
      return [`closed in the middle of the handshake${codeText(outcome.error)}`];
    case 'not-tls':
      return [
        `no TLS${outcome.speaks === null ? '' : `; it speaks ${outcome.speaks}`}${sampleText(outcome.sample)}`,
      ];
    case 'starttls-failed':
      return [`STARTTLS of ${printable(outcome.protocol, 20)} led to no TLS${sampleText(outcome.sample)}`];
    case 'client-refused':
      return ['Node refused before anything was sent'];
    case 'error':
      return [`failed: ${printable(outcome.error.message, 200)}${codeText(outcome.error)}`];
  }
}

/** Whether something answered at the address, TLS or not. */
export function reachesServer(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'refused':
    case 'unreachable':
    case 'client-refused':
      return false;
    case 'timeout':
      return outcome.during === 'starttls' || outcome.during === 'handshake';
    default:
      return true;
  }
}

/** `TLS 1.3` for Node's `TLSv1.3`. */
export function protocolText(protocol: string): string {
  return printable(protocol, 20).replace(/^TLSv/, 'TLS ');
}

const duringText: Readonly<Record<Extract<Outcome, { kind: 'timeout' }>['during'], string>> = {
  dns: 'asking DNS',
  connect: 'connecting',
  starttls: 'before TLS began',
  handshake: 'in the TLS handshake',
};

function alertText({ number, name }: { readonly number: number; readonly name: string }): string {
  return `alert ${number} ${printable(name, 60)}`;
}

function codeText({ code }: ErrorFacts): string {
  return code === null ? '' : ` (${printable(code, 60)})`;
}

function sampleText(sample: string): string {
  return sample === '' ? '' : ` (“${printable(sample, 40)}”)`;
}
