import type { SecureContext } from 'node:tls';
import { checkServerIdentity } from '@altname/core';
import type { CertificateSource } from './certificates.ts';
import { checkEachHostOptions, type EachHostOptions } from './connection-options.ts';
import { contextOptions, createContext } from './context.ts';
import type { IdentityCheck } from './expect-name.ts';
import { keptApart, type Apart } from './kept-apart.ts';

/** TLS options for a client that dials many hosts. Frozen. */
export interface EachHost extends Apart {
  /** Strict, by the name that the client passes: that of the host it dials. */
  readonly checkServerIdentity: IdentityCheck;
  readonly rejectUnauthorized: true;
  readonly secureContext: SecureContext;
  readonly ALPNProtocols?: string[];
}

/**
 * TLS options for a client that finds its hosts by itself, such as the nodes of a cluster: each is checked under its
 * own name, strictly (RFC 9525), and `ca` is added to the default roots. The server name is left to the client.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the option.
 */
export function eachHost<const Ca extends CertificateSource | undefined = undefined>(
  options: EachHostOptions<Ca> = {} as EachHostOptions<Ca>,
): EachHost {
  const given = checkEachHostOptions(options);
  const context = contextOptions(given);
  return Object.freeze({
    checkServerIdentity,
    rejectUnauthorized: true,
    secureContext: createContext(context),
    ...(given.alpn === undefined ? {} : { ALPNProtocols: [...(given.alpn as string[])] }),
    ...keptApart('each host', context.cert, context.ca),
  });
}
