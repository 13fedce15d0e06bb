import type { ClientName } from '../evidence.ts';

/** The values a recipe is filled with. All of them are the user's own: asked, configured or given. */
export interface RecipeValues {
  /** Host or IP address the socket goes to, as asked; an IPv6 address without brackets. */
  readonly dial: string;
  readonly port: number;
  /** The DNS name to expect: sent as server name (SNI) and compared with the certificate. */
  readonly name: string;
  /** Whether TLS begins only after a command (STARTTLS); decided by the port when not given. */
  readonly starttls?: boolean;
  /** The version of the client's package at hand; without, code for the newest is made. */
  readonly version?: string;
}

/** The values of the recipe that trusts one more CA. */
export interface TrustValues {
  /** The DNS name or IP address that is dialled and checked. */
  readonly name: string;
  readonly port: number;
  /** Path of a PEM file with the CA certificate. */
  readonly file: string;
  /** Whether TLS begins only after a command (STARTTLS); decided by the port when not given. */
  readonly starttls?: boolean;
}

/** The values of the recipe for the proxy on the way. */
export interface ProxyValues {
  /** The DNS name to expect of the proxy: sent as server name (SNI) and compared with its certificate. */
  readonly name: string;
}

/**
 * How a client library chooses the names of its TLS connections, and the code that puts them right.
 *
 * A recipe is a complete ES module that runs as it stands, with verification on. It is null where the client has no
 * right way for these values; then the traps say what to do. It is null, too, for values no recipe can be right for:
 * a `dial` that is neither name nor address, a `name` that is no DNS name (RFC 6066 §3 knows no address as server
 * name), a port outside 1 to 65535.
 */
export interface ClientProfile {
  readonly name: ClientName;
  /** As people call it: `axios`, `fetch (undici)`, `node-redis`. */
  readonly title: string;
  /** The npm package the recipes import, or null for what comes with Node. */
  readonly package: string | null;
  /** The server name sent for a DNS host when the user sets none. */
  readonly sentForDns: 'host' | 'none';
  /** The server name sent for an IP host when the user sets none. */
  readonly sentForIp: 'none' | 'address';
  /** The name compared with the certificate for a DNS host; `address`: the client resolved the host by itself before. */
  readonly checkedForDns: 'host' | 'address' | 'not-checked';
  /** The name compared with the certificate for an IP host. */
  readonly checkedForIp: 'address' | 'localhost' | 'not-checked';
  /** What a Host header set by the user does to the server name; `none`: the protocol has no such header. */
  readonly hostHeader: 'becomes-server-name' | 'kept' | 'dropped' | 'none';
  /**
   * Whether a servername set by the user is what is sent; it loses to the `host` option when that is a DNS name, or
   * to a Host header.
   */
  readonly servernameOption: 'wins' | 'loses-to-dns-host' | 'loses-to-host-header';
  /** Where the expected name goes, in the client's own terms: `tls.servername`. */
  readonly nameOption: string;
  /** Where that of the proxy goes, for a client of proxies. */
  readonly proxyNameOption?: string;
  /** The server name sent to a proxy with an IP host when the user sets none, for a client of proxies. */
  readonly proxySentForIp?: 'none' | 'address';
  /** How `ERR_TLS_CERT_ALTNAME_INVALID` comes to the application: by which way, and where it stands in the error. */
  readonly surfaces: string;
  /** The versions of the package this was measured with; empty for what comes with Node. */
  readonly tested: readonly string[];
  /** Code: dial `dial`, send and check `name`. */
  readonly expectName: (values: RecipeValues) => string | null;
  /** Code: trust the CA certificate in `file` beside the default roots, dialling `name`. */
  readonly addCa: (values: TrustValues) => string | null;
  /** Code: send `hostHeader` (`host` or `host:port`) as Host while sending and checking `name`. */
  readonly keepHostHeader: (values: RecipeValues & { readonly hostHeader: string }) => string | null;
  /** Code: have the name compared, for a client that does not by itself. Dials and checks `name`. */
  readonly verifyName?: (values: RecipeValues) => string | null;
  /**
   * Code, for a client of proxies: send `name` to the proxy, and check it there. Every recipe of such a client takes
   * the URL of the proxy from the variable HTTPS_PROXY, for it may hold credentials, and this one that of the target
   * from TARGET_URL.
   */
  readonly expectProxyName?: (values: ProxyValues) => string | null;
  /** Traps worth a line beside the code, one sentence each. */
  readonly traps: readonly string[];
}
