import type { Agent, OutgoingHttpHeaders } from 'node:http';
import type { Agent as HttpsAgent, ServerOptions as HttpsServerOptions } from 'node:https';
import type { Readable } from 'node:stream';
import type { CertificateSource, Pem, Toleration } from '@altname/client';

/** Where a request goes: a URL, or its parts, as `url.parse` and `new URL` have them. */
export type ProxyTarget = string | URL | ProxyTargetParts;

export interface ProxyTargetParts {
  readonly protocol?: string | null | undefined;
  readonly host?: string | null | undefined;
  readonly hostname?: string | null | undefined;
  readonly port?: string | number | null | undefined;
  readonly path?: string | null | undefined;
  readonly pathname?: string | null | undefined;
  readonly search?: string | null | undefined;
  readonly href?: string | undefined;
  /** A socket of the machine instead of host and port. */
  readonly socketPath?: string | undefined;
  readonly ca?: CertificateSource | undefined;
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
  readonly passphrase?: string | undefined;
}

/** What http-proxy takes, as far as it can be kept, and what it has not: `name`, `tolerate`, `trust`. */
export interface ServerOptions {
  target?: ProxyTarget;
  /** Gets the request, too; its answer is dropped. */
  forward?: ProxyTarget;
  /**
   * The name that the certificate of an `https:` target has to carry, and that is sent; the host of the target when not
   * given. A target that is an address needs one.
   */
  name?: string;
  /** Trusted beside the default roots. */
  ca?: CertificateSource;
  cert?: Pem;
  key?: Pem;
  passphrase?: string;
  /** One named fault, in development: what `tolerate` of `@altname/client` returns. */
  tolerate?: Toleration;
  /** Ranges of peers whose `Forwarded` and `X-Forwarded-*` are believed. */
  trust?: readonly string[];
  /** Its `keepAlive`, `maxSockets`, `maxFreeSockets` and `scheduling` hold; what it says of TLS is refused. */
  agent?: Agent | HttpsAgent | false;
  /** For the server of `listen`. */
  ssl?: HttpsServerOptions;
  /** Whether the server of `listen` takes upgrades. */
  ws?: boolean;
  /** Adds `Forwarded` and `X-Forwarded-*`. */
  xfwd?: boolean;
  /** Verification is always on: true, or not given. */
  secure?: boolean;
  /** Hands the whole URL on as target, for a target that is a proxy. */
  toProxy?: boolean;
  prependPath?: boolean;
  ignorePath?: boolean;
  localAddress?: string;
  /** The `Host` of the target instead of the client's. */
  changeOrigin?: boolean;
  preserveHeaderKeyCase?: boolean;
  /** `user:password` for `Authorization`, where the request has none. */
  auth?: string;
  hostRewrite?: string;
  autoRewrite?: boolean;
  protocolRewrite?: string;
  cookieDomainRewrite?: false | string | Readonly<Record<string, string>>;
  cookiePathRewrite?: false | string | Readonly<Record<string, string>>;
  headers?: OutgoingHttpHeaders;
  /** Milliseconds in which nothing comes of the target, or goes to it. */
  proxyTimeout?: number;
  /** Milliseconds in which nothing comes of the client, or goes to it. */
  timeout?: number;
  /** Where a redirect of the target is followed: refused unless false. */
  followRedirects?: boolean;
  /** `proxyRes` answers. */
  selfHandleResponse?: boolean;
  /** Sent instead of the body of the request. */
  buffer?: Readable;
  method?: string;
  lookup?: NonNullable<import('node:net').TcpSocketConnectOpts['lookup']>;
}
