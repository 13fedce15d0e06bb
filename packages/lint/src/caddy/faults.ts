import { printable } from '@altname/core';
import { goServerNameFault } from '../text/server-name.ts';
import type { Fault } from '../text/setting.ts';
import type { Found } from '../text-file.ts';
import type { Directive, Word } from './reader.ts';

const example = 'api.internal.example';

/** What whoever sends a request writes into it. */
const ofRequest =
  /\{(?:host|hostport|uri|path|query|labels\.[\w-]+|(?:header|cookie|query|path|re)\.[\w.-]+|http\.request\.(?:host(?:port|\.labels\.[\w-]+)?|header\.[\w-]+|cookie\.[\w-]+|uri[\w.-]*|tls\.server_name)|http\.regexp\.[\w.-]+)\}/;

/** What is wrong in a Caddyfile. */
export function* caddyFaults(directives: Iterable<Directive>): Generator<Found, void> {
  for (const directive of directives) {
    const [{ text: name }, value] = directive.words;
    if (name === 'tls_insecure_skip_verify') yield found(directive.words, verificationOff(directive));
    else if (name === 'tls_server_name' && value !== undefined) yield* ofServerName(directive, value);
    else if (name === 'reverse_proxy' || name === 'to') yield* ofUpstreams(directive);
  }
}

function* ofServerName({ words }: Directive, { text }: Word): Generator<Found, void> {
  const placeholder = placeholderOf(text);
  if (placeholder !== null) yield found(words, nameFromRequest('tls_server_name', placeholder));
  // What the environment or another part of the configuration puts there is not known.
  if (text.includes('{')) return;
  const fault = goServerNameFault('tls_server_name', text, `tls_server_name ${example}`);
  if (fault !== null) yield found(words, fault);
}

/** Caddy sends and compares the host of an upstream where no name is given. */
function* ofUpstreams(directive: Directive): Generator<Found, void> {
  const proxy = directive.words[0].text === 'to' ? directive.above : directive;
  if (proxy?.words[0].text !== 'reverse_proxy') return;
  const transport = proxy.below.find(({ words }) => words[0].text === 'transport');
  const settings = new Set(transport?.below.map(({ words }) => words[0].text));
  if (settings.has('tls_server_name') || ![...settings].some((each) => each.startsWith('tls'))) return;
  for (const word of directive.words.slice(1)) {
    const placeholder = placeholderOf(word.text.replace(/:[^:]*$/, ''));
    if (placeholder !== null) yield found([word], hostFromRequest(placeholder));
  }
}

/** Whoever chooses what is in front of a domain stays in it. */
function placeholderOf(text: string): string | null {
  const match = ofRequest.exec(text);
  return match === null || /\}\.[\w-]+\.[\w.-]+$/.test(text) ? null : match[0];
}

function found(words: readonly [Word, ...Word[]], fault: Fault): Found {
  return { ...fault, start: words[0].start, end: (words.at(-1) ?? words[0]).end };
}

function verificationOff({ above }: Directive): Fault {
  const isNamed = above?.below.some(({ words }) => words[0].text === 'tls_server_name') === true;
  const name = isNamed ? '' : `, and tls_server_name ${example} where the upstream is an address`;
  return {
    code: 'no-disabled-verification',
    message:
      'tls_insecure_skip_verify: Caddy takes any certificate, and hands what it passes on to whoever answers.',
    hint: `tls_trust_pool file /etc/caddy/upstream-ca.pem (before Caddy 2.8: tls_trusted_ca_certs /etc/caddy/upstream-ca.pem)${name}`,
  };
}

function nameFromRequest(option: string, placeholder: string): Fault {
  return {
    code: 'no-servername-from-request',
    message: `${option} is from ${printable(placeholder, 60)}, which the client writes: whoever sends a request decides which certificate is right.`,
    hint: `${option} ${example}`,
  };
}

function hostFromRequest(placeholder: string): Fault {
  return {
    code: 'no-servername-from-request',
    message: `The upstream is ${printable(placeholder, 60)}, which the client writes: whoever sends a request decides where it goes, and which certificate is right.`,
    hint: 'a table from what may be asked to where it goes: map {host} {upstream} { shop.example shop.internal.example:443 }',
  };
}
