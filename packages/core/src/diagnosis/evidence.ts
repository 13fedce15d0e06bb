import type { CertificateFacts } from '../certificate/certificate.ts';
import type { PresentedNames } from '../names/presented.ts';

/**
 * Terminology (the six names of a TLS connection):
 *
 * - *asked*: the name the user wanted to reach
 * - *dialled*: where the socket went, and the DNS path there
 * - *sent*: the server name on the wire (SNI, RFC 6066 §3); may be none
 * - *checked*: the reference identity that the client compares (RFC 9525)
 * - *host*: the HTTP `Host` or `:authority`
 * - *presented*: the names on the certificate
 */

/** Which option, header, default or record chose a name. */
export type Origin =
  | 'url'
  | 'target'
  | 'option-servername'
  | 'option-host'
  | 'option-name'
  | 'host-header'
  | 'connect-option'
  | 'dns'
  | 'hosts-file'
  | 'literal'
  | 'not-sent-for-ip'
  | 'not-sent-by-client'
  | 'switched-off'
  | 'default-localhost'
  | 'client-option'
  | 'certificate'
  /** In an error, which does not say it: then a value of null is no statement. */
  | 'unknown';

/** A name and what chose it. `value` null means there is none (no SNI, no Host header), but for `from: 'unknown'`. */
export interface ChosenName {
  readonly value: string | null;
  readonly from: Origin;
}

/** Where the socket went. */
export interface Dialled {
  /** The host that was resolved: asked, or that of `--connect`. Empty in what an error says, when it says none. */
  readonly host: string;
  /** 0 when an error does not say it. */
  readonly port: number;
  /** The address of the client's own attempt; null when it got none. */
  readonly address: string | null;
  /** Every address the host has. */
  readonly addresses: readonly string[];
  /** The CNAME records walked, target after target; empty when there is none or none could be asked for. */
  readonly cnames: readonly string[];
  /** The search domain that was appended to get an answer; null when the host itself answered. */
  readonly searchDomain: string | null;
  /** The peer of the socket, where it is a proxy that leads on to the host; absent when there is none, or not known. */
  readonly through?: string;
  readonly from: Origin;
}

/** The six names. */
export interface SixNames {
  readonly asked: ChosenName;
  readonly dialled: Dialled;
  readonly sent: ChosenName;
  readonly checked: ChosenName;
  readonly host: ChosenName;
  /** On the leaf certificate of the client's own attempt, else of the first attempt that got one. */
  readonly presented: PresentedNames | null;
}

/** Why an attempt was made. `client` is the client's own, always the first. */
export type Purpose =
  | 'client'
  | 'no-server-name'
  | 'asked-name'
  | 'normal-name'
  | 'alias-name'
  | 'other-address'
  | 'default-roots'
  | 'as-sent'
  | 'plain';

/** An error as Node reports it. */
export interface ErrorFacts {
  readonly code: string | null;
  readonly message: string;
}

/** What came back in one attempt. */
export type Outcome =
  | {
      /** A handshake that brought a certificate, whether the client accepted it or not. */
      readonly kind: 'handshake';
      readonly protocol: string;
      readonly cipher: string | null;
      readonly alpn: string | null;
      /** Fingerprints (SHA-256) into `Evidence.certificates`, leaf first. */
      readonly chain: readonly string[];
      /** `wire` when the chain is what the server sent, in its order; `node` when it is the path Node built. */
      readonly chainFrom: 'wire' | 'node';
      /** The verdict on the chain alone; null is trusted. */
      readonly chainError: ErrorFacts | null;
      /** Node's verdict on the name alone; null is a match. */
      readonly nameError: ErrorFacts | null;
      /** The server asked for a client certificate; null when that could not be seen. */
      readonly asksForClientCertificate: boolean | null;
      /** The server confirmed the server name (RFC 6066 §3); null when that could not be seen. */
      readonly serverNameConfirmed: boolean | null;
      /** An alert that came after the handshake, such as `certificate_required` (RFC 8446 §6.2). */
      readonly alertAfter: Alert | null;
    }
  | {
      readonly kind: 'alert';
      readonly alert: Alert;
      readonly error: ErrorFacts;
      /** The server asked for a client certificate before; null when that could not be seen. */
      readonly asksForClientCertificate: boolean | null;
    }
  /** TCP said no. */
  | { readonly kind: 'refused'; readonly error: ErrorFacts }
  /** Nobody could be dialled: no such name, no route. */
  | { readonly kind: 'unreachable'; readonly error: ErrorFacts }
  /** The deadline came first. `during` is how far it got. */
  | { readonly kind: 'timeout'; readonly during: 'dns' | 'connect' | 'starttls' | 'handshake' }
  /** Closed or reset in the middle of the handshake. */
  | { readonly kind: 'reset'; readonly error: ErrorFacts }
  /** What came back is no TLS. */
  | {
      readonly kind: 'not-tls';
      readonly speaks: PlainProtocol | null;
      readonly sample: string;
      /** Node's, where it was a handshake that found out. */
      readonly error?: ErrorFacts;
    }
  /** The STARTTLS exchange did not get to TLS. */
  | { readonly kind: 'starttls-failed'; readonly protocol: string; readonly sample: string }
  /** The client itself refused before anything was sent, as Node 26 does for an address as server name. */
  | { readonly kind: 'client-refused'; readonly error: ErrorFacts }
  | { readonly kind: 'error'; readonly error: ErrorFacts };

/** A protocol recognised on a port where TLS was expected. */
export type PlainProtocol =
  | 'http'
  | 'smtp'
  | 'lmtp'
  | 'imap'
  | 'pop3'
  | 'ftp'
  | 'sieve'
  | 'nntp'
  | 'ssh'
  | 'mysql'
  | 'postgres'
  | 'ldap'
  | 'xmpp'
  | 'redis';

/** A TLS alert (RFC 8446 §6). */
export interface Alert {
  readonly number: number;
  /** As the RFC spells it: `unrecognized_name`. */
  readonly name: string;
}

/** One handshake with one (address, sent) pair, and what came back. */
export interface Attempt {
  readonly purpose: Purpose;
  readonly address: string | null;
  readonly port: number;
  /** The server name sent; null is none. */
  readonly sent: string | null;
  readonly outcome: Outcome;
  /** Milliseconds from the start of the attempt to its outcome. */
  readonly ms: number;
}

/** Which root certificates decided about trust. */
export interface TrustStore {
  /** What was used, in order: `bundled` with Node, `system`, `extra` (NODE_EXTRA_CA_CERTS), or `ca` alone. */
  readonly used: readonly ('bundled' | 'system' | 'openssl' | 'extra' | 'ca')[];
  /** Subjects of the roots given by the user (`ca`, `extra`), as far as they are certificates. */
  readonly given: readonly string[];
  /** Where they came from: a file, or null for certificates given in memory. */
  readonly file: string | null;
  /**
   * A root in the store with the organisation, or a telling word of the name, of the issuer that was not found: then
   * that issuer is likely to be an intermediate of it. Null when there is none, or nothing was missing.
   */
  readonly relatedRoot: string | null;
  /**
   * The default root whose key signed the end of a chain that the roots given as `ca` do not trust; null, or absent,
   * when there is none or nobody looked.
   */
  readonly defaultRoot?: string | null;
}

/** The client libraries altname knows. `https` is the neutral Node form. */
export type ClientName =
  | 'https'
  | 'tls'
  | 'http2'
  | 'axios'
  | 'got'
  | 'undici'
  | 'fetch'
  | 'node-fetch'
  | 'ws'
  | 'pg'
  | 'ioredis'
  | 'redis'
  | 'nodemailer'
  | 'mqtt'
  | 'amqplib'
  | 'mongodb'
  | 'kafkajs'
  | 'grpc-js'
  | 'superagent'
  | 'http-proxy'
  | 'httpxy'
  | 'https-proxy-agent'
  | 'undici-proxy'
  | 'postgres'
  | 'mysql2'
  | 'ioredis-cluster'
  | 'imapflow'
  | 'elasticsearch'
  | 'tedious'
  | 'basic-ftp';

/** How a program verifies a connection. */
export type Verification =
  /** Chain and name, as Node does by default. */
  | 'full'
  /** `rejectUnauthorized: false`: whatever is wrong, the connection goes on. */
  | 'off-by-option'
  /** `NODE_TLS_REJECT_UNAUTHORIZED=0`, for the whole process. */
  | 'off-by-environment'
  /** A `checkServerIdentity` that agrees to every certificate: any trusted one will do. */
  | 'name-not-checked';

/** What only the program's own process knows of a connection it made. */
export interface AppFacts {
  /** The application's own stack frame: `src/pay.ts:42:18`, from the working directory; null when none was seen. */
  readonly callSite: string | null;
  /** The package that asked for the connection on the application's behalf, as `name@version`; null for Node itself. */
  readonly library: string | null;
  /** To the target, to a proxy on the way, or through that proxy to the target. */
  readonly leg: 'direct' | 'proxy' | 'origin';
  readonly verification: Verification;
}

/** Everything that is known of one connection. Plain data: it can be stored, replayed and tested from a file. */
export interface Evidence {
  readonly version: 1;
  /** The target as the user wrote it. */
  readonly target: string;
  readonly names: SixNames;
  /** The client's own attempt first. */
  readonly attempts: readonly Attempt[];
  /** Every certificate seen, by its SHA-256 fingerprint. */
  readonly certificates: Readonly<Record<string, CertificateFacts>>;
  readonly trust: TrustStore;
  /** When the first attempt was made: ISO 8601, UTC, by the local clock. */
  readonly clock: string;
  /** The time the server gave in an HTTP Date header, where it was asked for; ISO 8601, UTC. */
  readonly serverClock: string | null;
  readonly node: { readonly version: string; readonly openssl: string };
  /** The client library; null when not said: then the neutral Node form holds. */
  readonly client: ClientName | null;
  /** STARTTLS protocol in use, or null. */
  readonly starttls: string | null;
  /** Other hosts for which the same `servername` was pinned in the same run. */
  readonly servernameAlsoFor: readonly string[];
  /** For a connection seen inside the program that made it; absent for one that altname made itself. */
  readonly app?: AppFacts;
}
