import { matchName, parseIdentifier, printable, type Diagnosis, type PresentedNames } from '@altname/core';
import type { UpstreamConfig } from '../config/upstream-options.ts';
import type { ServerConfig } from '../config/upstream-servers.ts';

/** Causes that another root, and nothing else, can be behind. */
const ofTrust: ReadonlySet<string> = new Set([
  'self-signed',
  'issuer-unknown',
  'intermediate-missing',
  'extra-ca-replaced',
]);

/**
 * What to change, in the terms of the proxy's configuration. A name of the certificate is a stranger's word, and is
 * offered as that, unless the upstream's own URL has it.
 *
 * @param isChecked whether the server was asked what it sends; otherwise the error of a request is all that is known
 */
export function fixesFor(
  diagnosis: Diagnosis,
  config: Pick<UpstreamConfig, 'key'>,
  server: ServerConfig,
  isChecked: boolean,
): string[] {
  const { cause, names } = diagnosis;
  if (cause === null) return [];
  const key = `upstreams.${config.key}`;
  const name = server.connection?.name ?? '';
  const ofIssuer = `${key}.ca: add the certificate of the CA that issued it, from whoever runs the upstream, not from the connection`;
  if (cause.code === 'intermediate-missing') {
    const ofChain = `the upstream has to send its intermediate certificate; until then, add that to ${key}.ca`;
    // The error of a request says one thing of both; a check has asked, and knows.
    return isChecked ? [ofChain] : [ofIssuer, `or, where that CA is known: ${ofChain}`];
  }
  if (ofTrust.has(cause.code)) return [ofIssuer];
  if (cause.code === 'expired' || cause.code === 'not-yet-valid') {
    return [
      'the certificate of the upstream has to be renewed; nothing in this configuration passes over its dates',
    ];
  }
  if (cause.code === 'client-certificate-required') {
    return [`${key}.cert and ${key}.key: a certificate that the upstream accepts`];
  }
  const { presented } = names;
  if (presented === null || matches(name, presented)) return diagnosis.fixes.map(({ title }) => title);
  return [...nameFixes(server, presented), `issue the certificate of the upstream again, with ${name} on it`];
}

/** Sentences about `name`. */
function nameFixes({ origin, key, nameKey, named }: ServerConfig, presented: PresentedNames): string[] {
  const { hostname } = new URL(origin);
  if (named && matches(hostname, presented)) {
    return [`${nameKey}: leave it out; the certificate carries ${hostname}, the host of ${key}`];
  }
  const names = usableNames(presented);
  if (names.length === 0) return [];
  return [`${nameKey}: ${names.slice(0, 3).join(' or ')}, only if this is the server you mean`];
}

/** Names that the certificate is good for: no wildcard, and none that would be refused again, such as `a.test.`. */
export function usableNames(presented: PresentedNames): string[] {
  const names = [...presented.dns, ...presented.ip];
  return names.filter((name) => isName(name) && matches(name, presented)).map((name) => printable(name, 253));
}

function isName(text: string): boolean {
  try {
    return parseIdentifier(text).value !== '' && !text.includes('*');
  } catch {
    return false;
  }
}

function matches(name: string, presented: PresentedNames): boolean {
  try {
    return matchName(name, presented).matches;
  } catch {
    return false;
  }
}
