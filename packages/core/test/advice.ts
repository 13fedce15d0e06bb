import assert from 'node:assert/strict';
import type { Fix } from '../src/diagnosis/diagnosis.ts';
import type { Evidence } from '../src/diagnosis/evidence.ts';
import { hostOfHeader } from '../src/names/host-header.ts';
import { readIdentifier } from '../src/names/identifier.ts';

/** What a terminal obeys, or a reader does not see: control characters, bidi controls, invisible characters. */
export const obeyed: RegExp =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|\u{e0001}|[\u{e0020}-\u{e007f}]/u;

/** Every way known to take the verification of a peer away, in Node and in what people pass to other programs. */
export const weakening: RegExp =
  /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity:\s*\(\)|no-verify|sslmode=(?:disable|allow|prefer|require)|tlsAllowInvalid|tlsInsecure|allowInvalid|InvalidHostnames|strictSSL|strict-ssl|SECLEVEL|--insecure|--no-check-certificate|\bcurl -k\b|verifyIdentity:\s*false|trustServerCertificate|createInsecure/i;

/** Behind a switch: the value that throws it. */
const value = String.raw`(?!\w|['"\`]?\s*(?:[:=]|(?:set )?to\b))`;
const namedToBeRemoved = new RegExp(
  String.raw`\b((?:remove|because of|by) the (?:option|variable)) (?:rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED)${value}`,
  'g',
);
const setByTheClient = new RegExp(
  String.raw`\b(remove [^.;\n]{1,80}, or what sets it in [\w. ]{1,40}:) (?:tlsAllowInvalid\w+|trustServerCertificate)${value}`,
  'g',
);

/**
 * A text without the switches that it names in order to have them removed, and without their value: in what is left,
 * none may be found.
 */
export function withoutRemovals(text: string): string {
  return text.replace(setByTheClient, '$1 it').replace(namedToBeRemoved, '$1 it');
}

/**
 * Advice is security: no fix weakens verification, every text is safe to print, and a client is told to trust a name
 * of the certificate only under a condition, unless the name is one of the user's own.
 */
export function assertSafeAdvice(evidence: Evidence, fixes: readonly Fix[]): void {
  const strange = namesOfStrangers(evidence);
  for (const fix of fixes) {
    const text = `${fix.title}\n${fix.condition ?? ''}\n${fix.code ?? ''}`;
    assert.doesNotMatch(withoutRemovals(text), weakening);
    assert.doesNotMatch(fix.code ?? '', weakening);
    assert.doesNotMatch(`${fix.title}${fix.condition ?? ''}`, obeyed);
    assert.doesNotMatch((fix.code ?? '').replaceAll('\n', ''), obeyed);
    if (fix.who !== 'client') continue;
    const built = strange.filter((name) => mentions(`${fix.title}\n${fix.code ?? ''}`, name));
    if (built.length > 0)
      assert.match(fix.condition ?? '', /\bonly if\b/, `built from ${built}: ${fix.title}`);
  }
}

/** Names that only certificates carry. */
function namesOfStrangers(evidence: Evidence): string[] {
  const { asked, dialled, sent, checked, host } = evidence.names;
  const own = new Set(
    [
      asked.value,
      sent.value,
      checked.value,
      host.value === null ? null : hostOfHeader(host.value),
      dialled.host,
      dialled.searchDomain === null ? null : `${dialled.host}.${dialled.searchDomain}`,
      ...dialled.cnames,
      ...dialled.addresses,
      ...evidence.servernameAlsoFor,
      // No attempt sends a name that only a certificate gave.
      ...evidence.attempts.map((attempt) => attempt.sent),
    ].map((name) => canonical(name ?? '')),
  );
  const presented = Object.values(evidence.certificates).flatMap(({ names }) => [
    ...names.dns,
    ...names.ip,
    ...names.commonNames,
  ]);
  return [...new Set(presented.map(canonical))].filter((name) => name !== '' && !own.has(name));
}

function canonical(name: string): string {
  const read = readIdentifier(name);
  return typeof read === 'string' ? name.toLowerCase() : read.value;
}

/** Whether a text has the name, not only as a part of a longer one. */
function mentions(text: string, name: string): boolean {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w.*-])${quoted}(?![\w-]|\.\w)`, 'i').test(text);
}
