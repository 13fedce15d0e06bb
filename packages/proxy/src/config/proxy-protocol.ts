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

/** The version of the header that an upstream is sent; null for none. */
export function readVersion(key: string, given: unknown): 'v1' | 'v2' | null {
  if (given === undefined) return null;
  if (given === 'v1' || given === 'v2') return given;
  throw fault(key, "'v1' or 'v2' is expected");
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
