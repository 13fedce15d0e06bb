import { detailsOf, type Connection, type SecureOptions } from '../connection.ts';

/** Options of `MongoClient`, which refuses every one that it does not know. */
export interface MongodbOptions extends Pick<
  SecureOptions,
  'servername' | 'checkServerIdentity' | 'secureContext' | 'rejectUnauthorized'
> {
  readonly tls: true;
  readonly connectTimeoutMS: number;
}

/**
 * For mongodb: `` new MongoClient(`mongodb://${connection.to}/?directConnection=true`, mongodbOptions(connection)) ``.
 *
 * Every member of a replica set would be checked under this one name: `directConnection=true` keeps to the one that
 * was dialled. For a replica set whose members have names of their own, `eachHost` is the right thing.
 */
export function mongodbOptions(connection: Connection): MongodbOptions {
  detailsOf(connection);
  const { servername, checkServerIdentity, secureContext, rejectUnauthorized } = connection.secure;
  return Object.freeze({
    tls: true,
    servername,
    checkServerIdentity,
    secureContext,
    rejectUnauthorized,
    connectTimeoutMS: connection.timeout,
  });
}
