import type { Directive, Level } from './reader.ts';
import { isOutermost, settingAt } from './setting.ts';
import type { Value, Variables } from './values.ts';

/** A directive that hands requests or connections to an upstream over TLS. */
export interface Pass {
  readonly directive: Directive;
  /** How the directives about its TLS begin: `proxy_ssl`. */
  readonly family: string;
  /** Where it goes, without the port. */
  readonly host: Value;
}

/** The directives that pass over TLS, and how the URL begins that says so; `proxy_ssl on` says it in `stream`. */
const schemes: ReadonlyMap<string, { family: string; scheme: string }> = new Map([
  ['proxy_pass', { family: 'proxy_ssl', scheme: 'https://' }],
  ['grpc_pass', { family: 'grpc_ssl', scheme: 'grpcs://' }],
  ['uwsgi_pass', { family: 'uwsgi_ssl', scheme: 'suwsgi://' }],
]);

/** How the directives about TLS to the upstream begin that a pass would use; null where it is no pass. */
export function familyOf({ name }: Directive): string | null {
  return schemes.get(name)?.family ?? null;
}

/** The ways of a pass that go over TLS: none, one, or as many as its variables have values. */
export function passesOf(directive: Directive, variables: Variables): readonly Pass[] {
  const known = schemes.get(directive.name);
  const written = directive.words[0]?.text;
  if (known === undefined || written === undefined) return [];
  const { family, scheme } = known;
  const pass = (authority: string): Pass => ({
    directive,
    family,
    host: hostOf(variables.valueOf(authority)),
  });
  const authority = afterScheme(written, scheme, directive.level);
  if (authority !== null) return [pass(authority)];
  if (isStream(directive.level)) {
    const ssl = settingAt(directive.level, 'proxy_ssl');
    return ssl.kind === 'set' && ssl.value === 'on' ? [pass(written)] : [];
  }
  if (!written.startsWith('$')) return [];
  const value = variables.valueOf(beforePath(written));
  if (value.kind !== 'texts') return [];
  return value.texts.flatMap((text) => {
    const found = afterScheme(text, scheme, directive.level);
    return found === null ? [] : [pass(found)];
  });
}

/** The authority of a URL of this scheme; null for one of another. `$scheme` is that of the client. */
function afterScheme(url: string, scheme: string, level: Level): string | null {
  const own = '$scheme://';
  const begins = url.toLowerCase().startsWith(scheme);
  if (!begins && !(url.startsWith(own) && scheme === 'https://' && mayHaveTls(level))) return null;
  return authorityIn(url.slice((begins ? scheme : own).length));
}

/** What is in front of the path, the query, and the variables that hold such. */
function authorityIn(text: string): string {
  const authority = beforePath(text);
  const withoutCapture = authority.replace(/\$\d$/, '');
  return withoutCapture === '' ? authority : withoutCapture;
}

function beforePath(text: string): string {
  const path = /[/?#]|\$\{?(?:request_uri|uri|document_uri|is_args|args)\b/;
  const from = text.indexOf('://') + 1;
  const index = text.slice(from === 0 ? 0 : from + 2).search(path);
  return index === -1 ? text : text.slice(0, index + (from === 0 ? 0 : from + 2));
}

/** Whether the server that it stands in speaks TLS itself, as far as the file says. */
function mayHaveTls(level: Level): boolean {
  for (let at: Level | null = level; at !== null; at = at.above) {
    if (at.name !== 'server') continue;
    return at.directives.some(
      ({ name, words }) =>
        (name === 'listen' && words.some(({ text }) => /^(?:ssl|quic)$|(?:^|:)443$/.test(text))) ||
        name === 'ssl_certificate' ||
        name === 'include',
    );
  }
  return true;
}

function isStream(level: Level): boolean {
  for (let at: Level | null = level; at !== null; at = at.above) {
    if (isOutermost(at)) return at.name === 'stream';
    // There are no locations in a stream.
    if (at.name === 'location') return false;
  }
  return true;
}

function hostOf(authority: Value): Value {
  if (authority.kind !== 'texts') return authority;
  return { kind: 'texts', texts: authority.texts.map(withoutPort) };
}

function withoutPort(authority: string): string {
  return /^(\[[^\]]*\]|unix:.*|[^:]*)/.exec(authority)?.[1] ?? authority;
}
