import { fault, readKeys } from './fault.ts';
import { readTrustList, type TrustList } from './trust-list.ts';

/** The PROXY protocol, as receiver. */
export interface ProxyProtocolOptions {
  /**
   * Addresses and ranges of the peers that begin each connection with a header. They are refused without one; of
   * anyone else no header is read.
   */
  readonly from: readonly string[];
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key. */
export function readProxyProtocol(given: unknown): TrustList | null {
  if (given === undefined) return null;
  const { from } = readKeys('proxyProtocol', given, ['from']);
  if (!Array.isArray(from) || from.length === 0) {
    throw fault('proxyProtocol.from', "a list of ranges is expected, such as ['10.0.0.0/8']");
  }
  return readTrustList(from, 'proxyProtocol.from');
}
