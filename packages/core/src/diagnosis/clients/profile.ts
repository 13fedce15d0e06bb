import type { ClientName } from '../evidence.ts';

/** The values a recipe is filled with. All of them are the user's own: asked, configured or given. */
export interface RecipeValues {
  /** Host or IP address the socket goes to, as asked. */
  readonly dial: string;
  readonly port: number;
  /** The DNS name to expect: sent as server name (SNI) and compared with the certificate. */
  readonly name: string;
}

/** How a client library chooses the names of its TLS connections, and the code that puts them right. */
export interface ClientProfile {
  readonly name: ClientName;
  /** As people call it: `axios`, `fetch (undici)`, `node-redis`. */
  readonly title: string;
  /** The npm package, or null for what comes with Node. */
  readonly package: string | null;
  /** The server name sent for a DNS host when the user sets none. */
  readonly sentForDns: 'host' | 'none';
  /** The server name sent for an IP host when the user sets none. */
  readonly sentForIp: 'none' | 'address';
  /** What a Host header set by the user does to the server name; `none`: the protocol has no such header. */
  readonly hostHeader: 'becomes-server-name' | 'kept' | 'dropped' | 'none';
  /** Code: dial `dial`, send and check `name`. Null: this client has no right way; then `traps` says what to do. */
  readonly expectName: ((values: RecipeValues) => string) | null;
  /** Code: trust the CA certificate in `file` beside the default roots, dialling `name`. */
  readonly addCa: (values: { readonly name: string; readonly port: number; readonly file: string }) => string;
  /** Code: send `hostHeader` as Host while sending and checking `name`; null where there is no Host to send. */
  readonly keepHostHeader: ((values: RecipeValues & { readonly hostHeader: string }) => string) | null;
  /** Traps worth a line beside the code, one sentence each. */
  readonly traps: readonly string[];
}
