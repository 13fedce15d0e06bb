import type { FindingCode, ProbeOptions, StartTls, Verdict } from '@altname/core';
import type { AlertName } from './behaviour/alert.ts';
import type { Behaviour } from './behaviour/behaviour.ts';
import { startTls } from './behaviour/starttls.ts';
import { virtualHosts, type VirtualHosts } from './behaviour/virtual-hosts.ts';
import type { Zone } from './dns.ts';
import type { AuthorityName, CertificateSpec, World } from './world.ts';

/** Makes the behaviour of a server once the authorities are there. */
export type Serve = (world: World) => Behaviour | Promise<Behaviour>;

/** One server of the estate: what it is, how it is asked, and what the diagnosis must be. */
export interface ServerDeclaration {
  /** The code it stands for, with a variant where there are several: `sni-required`, `sni-required:close`. */
  readonly name: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** The target as a user would write it. `{port}` is the port of the server. */
  readonly ask: string;
  /**
   * How the check gets there. `connect`: dialled by the `connect` option, as a user testing one address would;
   * `direct`: the target says it all; `dns`: through the DNS server of the estate. `connect` when not given.
   */
  readonly reach?: 'connect' | 'direct' | 'dns';
  /** `nobody`: a free port on which nobody listens. */
  readonly serve: Serve | 'nobody';
  /** What other addresses answer on the same port. */
  readonly elsewhere?: Readonly<Record<string, Serve>>;
  /** What the DNS server of the estate knows for this server. */
  readonly zone?: Zone;
  /** What the check is given as `ca`: the root of the estate when not given, `null` for none, or this certificate. */
  readonly trust?: AuthorityName | CertificateSpec | null;
  /** The check runs in a process whose NODE_EXTRA_CA_CERTS holds this root. */
  readonly extraCa?: AuthorityName;
  /** What else the check is given. */
  readonly options?: ProbeOptions;
  readonly expected: Expected;
  /** Why this Node cannot show the fault; null when it can. */
  readonly unavailable?: (node: string) => string | null;
}

/** The diagnosis that a server must get. */
export interface Expected {
  readonly verdict: Verdict;
  /** Null: nothing is wrong. */
  readonly cause: FindingCode | null;
  /** Findings that must be there beside the cause. */
  readonly also?: readonly FindingCode[];
  /** The exit code of `altname check`. */
  readonly exit: 0 | 1 | 3;
}

/** A group of servers, by the group of the catalogue. */
export interface ServerGroup {
  readonly group: string;
  readonly servers: readonly ServerDeclaration[];
}

type OtherwiseSpec = CertificateSpec | AlertName | 'close';

/** {@link VirtualHosts} with certificates still to be issued. */
export interface TlsSpec extends Omit<VirtualHosts, 'hosts' | 'unknown' | 'none' | 'clientCa'> {
  readonly hosts?: Readonly<Record<string, CertificateSpec>>;
  readonly unknown: OtherwiseSpec;
  readonly none?: OtherwiseSpec;
  readonly clientCa?: AuthorityName;
}

/** A TLS server that picks its certificate by name. */
export function tls(spec: TlsSpec): Serve {
  return async (world) => {
    const { hosts = {}, unknown, none, clientCa, ...rest } = spec;
    const issue = (choice: OtherwiseSpec) => (typeof choice === 'string' ? choice : world.issue(choice));
    const issued = Object.entries(hosts).map(
      async ([name, host]) => [name, await world.issue(host)] as const,
    );
    return virtualHosts({
      ...rest,
      hosts: Object.fromEntries(await Promise.all(issued)),
      unknown: await issue(unknown),
      ...(none === undefined ? {} : { none: await issue(none) }),
      ...(clientCa === undefined ? {} : { clientCa: world.authorities[clientCa].cert }),
    });
  };
}

/** A TLS server with one certificate, whatever name is sent. */
export function always(certificate: CertificateSpec, rest: Omit<TlsSpec, 'unknown'> = {}): Serve {
  return tls({ ...rest, unknown: certificate });
}

/** The server behind it, reached by STARTTLS. */
export function behindStartTls(protocol: StartTls, serve: Serve): Serve {
  return async (world) => startTls(protocol, await serve(world));
}

/** A server that needs no certificate. */
export function plain(behaviour: Behaviour): Serve {
  return () => behaviour;
}

/** The client refuses, for this reason; `also` are findings beside it. */
export function refused(cause: FindingCode, ...also: readonly FindingCode[]): Expected {
  return { verdict: 'refused', cause, also, exit: 1 };
}

/** The client accepts; `also` are remarks that must be made all the same. */
export function accepted(...also: readonly FindingCode[]): Expected {
  return { verdict: 'accepted', cause: null, also, exit: 0 };
}

/** Node accepts what it should not, or what it accepts is wrong elsewhere: an error all the same. */
export function acceptedInError(cause: FindingCode, ...also: readonly FindingCode[]): Expected {
  return { verdict: 'accepted', cause, also, exit: 1 };
}

/** Nobody could be asked, for this reason. */
export function unreachable(cause: FindingCode, ...also: readonly FindingCode[]): Expected {
  return { verdict: 'unreachable', cause, also, exit: 3 };
}
