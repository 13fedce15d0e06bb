import tls from 'node:tls';
import {
  diagnose,
  findingGroups,
  parseIdentifier,
  readCertificate,
  type CertificateFacts,
  type Evidence,
  type FindingCode,
  type PeerCertificateLike,
} from '@altname/core';

/**
 * A fault of the names that can be tolerated. Not among them: `typo-suspected`, for that is what a name made to deceive
 * looks like; `san-malformed`, for nobody can say what such a certificate is for; and every fault that says that the
 * wrong server answered (`default-certificate`, `sni-…`), for that is mended by asking the right one.
 */
export type NameCause = Extract<
  FindingCode,
  | 'name-mismatch'
  | 'wildcard-depth'
  | 'wildcard-apex'
  | 'wildcard-partial'
  | 'wildcard-too-broad'
  | 'www-or-apex'
  | 'short-name'
  | 'ip-not-on-certificate'
  | 'ip-as-dns-san'
  | 'dns-as-ip-san'
  | 'name-only-in-cn'
  | 'no-names'
  | 'presented-trailing-dot'
  | 'presented-not-ascii'
  | 'presented-as-url'
  | 'underscore'
>;

/** Every {@link NameCause}. */
export const nameCauses: readonly NameCause[] = [
  'name-mismatch',
  'wildcard-depth',
  'wildcard-apex',
  'wildcard-partial',
  'wildcard-too-broad',
  'www-or-apex',
  'short-name',
  'ip-not-on-certificate',
  'ip-as-dns-san',
  'dns-as-ip-san',
  'name-only-in-cn',
  'no-names',
  'presented-trailing-dot',
  'presented-not-ascii',
  'presented-as-url',
  'underscore',
];

/** What a certificate object of Node may carry beside the certificate: that of its issuer. */
interface Presented extends PeerCertificateLike {
  readonly issuerCertificate?: Presented | undefined;
}

/** No chain that Node verifies by default is longer. */
const longestChain = 32;

/**
 * What is wrong with a certificate whose chain was verified, by the same diagnosis as `altname check`.
 *
 * @returns a fault of the names only when nothing else is wrong; the other fault where there is one; null for none
 */
export function faultOf(name: string, presented: PeerCertificateLike): FindingCode | null {
  const { cause, findings } = diagnose(evidenceOf(name, presented, chainOf(presented)));
  const other = findings.find(({ code, severity }) => severity === 'error' && !aboutNames.has(code));
  return (other ?? cause)?.code ?? null;
}

/** That a name does not match is one fault, however many of these describe it. */
const aboutNames: ReadonlySet<FindingCode> = new Set([...findingGroups.names, 'accepted-only-by-node']);

function chainOf(presented: Presented): readonly CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  let next: Presented | undefined = presented;
  while (next?.raw !== undefined && chain.length < longestChain) {
    chain.push(readCertificate(next.raw).toJSON());
    if (next.issuerCertificate === next) break;
    next = next.issuerCertificate;
  }
  return chain;
}

/** One handshake in which everything was right but, perhaps, the name. */
function evidenceOf(
  name: string,
  presented: PeerCertificateLike,
  chain: readonly CertificateFacts[],
): Evidence {
  const asked = { value: name, from: 'option-name' } as const;
  const sent = parseIdentifier(name).kind === 'dns' ? name : null;
  const port = 443;
  return {
    version: 1,
    target: name,
    names: {
      asked,
      dialled: {
        host: name,
        port,
        address: null,
        addresses: [],
        cnames: [],
        searchDomain: null,
        from: 'option-host',
      },
      sent: { value: sent, from: sent === null ? 'not-sent-for-ip' : 'option-name' },
      checked: asked,
      host: { value: null, from: 'option-host' },
      presented: chain[0]?.names ?? null,
    },
    attempts: [
      {
        purpose: 'client',
        address: null,
        port,
        sent,
        outcome: {
          kind: 'handshake',
          protocol: 'unknown',
          cipher: null,
          alpn: null,
          chain: chain.map(({ fingerprints }) => fingerprints.sha256),
          chainFrom: 'node',
          chainError: null,
          nameError: nodeError(name, presented),
          asksForClientCertificate: null,
          serverNameConfirmed: null,
          alertAfter: null,
        },
        ms: 0,
      },
    ],
    certificates: Object.fromEntries(chain.map((facts) => [facts.fingerprints.sha256, facts])),
    trust: { used: [], given: [], file: null, relatedRoot: null },
    clock: new Date().toISOString(),
    serverClock: null,
    node: { version: process.version, openssl: process.versions.openssl },
    client: null,
    starttls: null,
    servernameAlsoFor: [],
  };
}

/** Node's own verdict on the name; it throws for some certificates. */
function nodeError(
  name: string,
  presented: PeerCertificateLike,
): { code: string | null; message: string } | null {
  try {
    const error = tls.checkServerIdentity(name, presented as tls.PeerCertificate);
    return error === undefined ? null : { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: error.message };
  } catch (error) {
    return { code: null, message: String(error) };
  }
}
