import type { CertificateFacts } from '../certificate/certificate.ts';
import type { Attempt, Evidence, SixNames } from '../diagnosis/evidence.ts';
import { viewOf, type View } from '../diagnosis/view.ts';
import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { PresentedNames } from '../names/presented.ts';
import type { Incident } from './incident.ts';

/**
 * A failure of names from a text, as the rules of the catalogue read it: so a pasted error and a live check are told
 * in the same words. Only for rules that look at names; whatever else a certificate has, a text does not show.
 *
 * Node compares names only after it accepted the chain, so the chain counts as accepted.
 */
export function viewOfText(incident: Incident, checked: string, presented: PresentedNames): View {
  const asked = incident.asked ?? checked;
  const names: SixNames = {
    asked: { value: asked, from: 'target' },
    dialled: {
      host: asked,
      port: 443,
      address: null,
      addresses: [],
      cnames: [],
      searchDomain: null,
      from: 'dns',
    },
    // What the text does not say was sent is taken to be what was checked: no rule may find a difference there.
    sent: { value: incident.sent ?? checked, from: 'target' },
    checked: { value: checked, from: 'target' },
    host: { value: null, from: 'target' },
    presented,
  };
  const error = { code: incident.errorCode, message: incident.excerpt };
  const attempt: Attempt = {
    purpose: 'client',
    address: null,
    port: 443,
    sent: names.sent.value,
    ms: 0,
    outcome: {
      kind: 'handshake',
      protocol: '',
      cipher: null,
      alpn: null,
      chain: ['text'],
      chainFrom: 'node',
      chainError: null,
      nameError: error,
      asksForClientCertificate: null,
      serverNameConfirmed: null,
      alertAfter: null,
    },
  };
  const evidence: Evidence = {
    version: 1,
    target: asked,
    names,
    attempts: [attempt],
    certificates: { text: factsOfNames(presented) },
    trust: { used: [], given: [], file: null, relatedRoot: null },
    clock: new Date(0).toISOString(),
    serverClock: null,
    node: { version: `v${incident.nodeVersion ?? ''}`, openssl: '' },
    client: clientNamed(incident.client),
    starttls: null,
    servernameAlsoFor: [],
  };
  return viewOf(evidence);
}

function clientNamed(client: string | null): Evidence['client'] {
  const found = Object.values(clientProfiles).find(
    ({ name, package: pack }) => name === client || pack === client,
  );
  return found?.name ?? null;
}

/** Names as those of a certificate of which nothing else is known. */
export function factsOfNames(names: PresentedNames): CertificateFacts {
  const cn = names.commonNames[0];
  const subject =
    cn === undefined
      ? { text: '', attributes: [] }
      : { text: `CN=${cn}`, attributes: [{ type: 'CN', value: cn }] };
  return {
    names,
    subject,
    issuer: { text: '', attributes: [] },
    notBefore: null,
    notAfter: null,
    serialNumber: '',
    fingerprints: { sha256: 'text', sha1: '' },
    key: { type: 'unknown', bits: null, curve: null },
    signatureAlgorithm: '',
    basicConstraints: null,
    nameConstraints: null,
    keyUsage: null,
    extendedKeyUsage: null,
    subjectKeyId: null,
    authorityKeyId: null,
    caIssuers: [],
    selfIssued: false,
    selfSigned: false,
  };
}
