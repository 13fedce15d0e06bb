import type { SecureContext } from 'node:tls';
import type { Connection } from '../connection.ts';
import type { IdentityCheck } from '../expect-name.ts';
import type { Dial } from '../endpoint.ts';
import type { Always, Unless, Ways } from '../ways.ts';
import { serverNameOf } from './driver.ts';

/** What a client of grpc-js is made of. */
export interface GrpcOptions {
  /** First argument of the client. */
  readonly target: string;
  /** The two arguments of `credentials.createFromSecureContext`, whose result is the second argument. */
  readonly credentials: readonly [
    SecureContext,
    { readonly checkServerIdentity: IdentityCheck; readonly rejectUnauthorized: true },
  ];
  /** Third argument of the client. */
  readonly options: {
    readonly 'grpc.ssl_target_name_override': string;
    readonly 'grpc.default_authority': string;
  };
}

/**
 * For @grpc/grpc-js: `const { target, credentials: secure, options } = grpcOptions(connection)`, then
 * `new Client(target, credentials.createFromSecureContext(...secure), options)`.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when no server name is sent: grpc-js sends its target's host then, even
 *   an address, which Node 26 refuses.
 */
export function grpcOptions<W extends Ways>(
  connection: Connection<Dial, W> &
    Unless<
      Always<W['sent'], 'none' | 'none-to-address'>,
      'grpc-js always sends a server name: give it as sni'
    >,
): GrpcOptions {
  const sent = serverNameOf('grpc-js', connection);
  const { checkServerIdentity, rejectUnauthorized, secureContext } = connection.secure;
  return Object.freeze({
    target: 'path' in connection.dial ? `unix:${connection.dial.path}` : connection.to,
    credentials: Object.freeze([
      secureContext,
      Object.freeze({ checkServerIdentity, rejectUnauthorized }),
    ] as const),
    options: Object.freeze({
      'grpc.ssl_target_name_override': sent,
      'grpc.default_authority': sent,
    }),
  });
}
