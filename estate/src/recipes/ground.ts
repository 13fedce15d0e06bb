import dns from 'node:dns';
import { errorMonitor } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

/** What a program of the tests stands on. */
export interface Ground {
  /** The messages of TLS sockets since the last time, one a line, whatever a client made of the errors. */
  takeSocketErrors(): string;
}

/**
 * Prepares this process, before it loads a client:
 *
 * - What /etc/hosts would do with the right to write it: names of .test (RFC 6761 §6.2) are 127.0.0.1, so that a name
 *   that a client took from its host is told from one that it fell back to.
 * - The errors of TLS sockets are noted as they come, for clients that keep them to themselves.
 */
export function prepareGround(): Ground {
  const noted: string[] = [];
  const { connect } = tls;
  Object.assign(dns, { lookup: lookupHere });
  Object.assign(dns.promises, { lookup: lookupHerePromised });
  Object.assign(tls, {
    connect: (...args: unknown[]): tls.TLSSocket => {
      const socket: tls.TLSSocket = Reflect.apply(connect as () => tls.TLSSocket, tls, args as []);
      return socket.on(errorMonitor as unknown as 'error', (error: Error) => {
        if (noted.length < 100) noted.push(error.message);
      });
    },
  });
  syncBuiltinESMExports();
  return { takeSocketErrors: () => noted.splice(0).join('\n') };
}

const { lookup } = dns;
const { lookup: lookupPromised } = dns.promises;

type Options = dns.LookupOptions | number | null | undefined;
type Answer = (error: Error | null, address: string | dns.LookupAddress[], family?: number) => void;

function lookupHere(hostname: string, options: Options | Answer, callback?: Answer): void {
  const answer = typeof options === 'function' ? options : callback;
  const given = typeof options === 'function' ? undefined : options;
  if (answer === undefined || !isTest(hostname)) {
    Reflect.apply(lookup, dns, callback === undefined ? [hostname, options] : [hostname, options, callback]);
  } else if (typeof given === 'object' && given?.all === true) {
    process.nextTick(answer, null, [here]);
  } else {
    process.nextTick(answer, null, here.address, here.family);
  }
}

async function lookupHerePromised(hostname: string, options: dns.LookupOptions = {}): Promise<unknown> {
  if (!isTest(hostname)) return await lookupPromised(hostname, options);
  return options.all === true ? [here] : here;
}

function isTest(hostname: string): boolean {
  return /\.test\.?$/i.test(hostname);
}

const here = { address: '127.0.0.1', family: 4 };
