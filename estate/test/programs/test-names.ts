import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before a program of the tests: what /etc/hosts would do with the right to write it. Names of .test (RFC 6761
// §6.2) are 127.0.0.1. Nothing of TLS is touched: the stack from the program to `tls.connect` is as everywhere.

const { lookup } = dns;
const { lookup: lookupPromised } = dns.promises;

type Options = dns.LookupOptions | number | null | undefined;
type Answer = (error: Error | null, address: string | dns.LookupAddress[], family?: number) => void;

function lookupHere(hostname: string, options: Options | Answer, callback?: Answer): void {
  const answer = typeof options === 'function' ? options : callback;
  if (answer === undefined || !/\.test\.?$/i.test(hostname)) {
    Reflect.apply(lookup, dns, callback === undefined ? [hostname, options] : [hostname, options, callback]);
  } else if (typeof options === 'object' && options?.all === true) {
    process.nextTick(answer, null, [{ address: '127.0.0.1', family: 4 }]);
  } else {
    process.nextTick(answer, null, '127.0.0.1', 4);
  }
}

async function lookupHerePromised(hostname: string, options: dns.LookupOptions = {}): Promise<unknown> {
  if (!/\.test\.?$/i.test(hostname)) return await lookupPromised(hostname, options);
  const here = { address: '127.0.0.1', family: 4 };
  return options.all === true ? [here] : here;
}

Object.assign(dns, { lookup: lookupHere });
Object.assign(dns.promises, { lookup: lookupHerePromised });
syncBuiltinESMExports();
