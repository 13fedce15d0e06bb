import { AltnameError, parseIdentifier, printable, publicSuffixes } from '@altname/core';

/** A name that a certificate shall carry, in the kind of subjectAltName it belongs in (RFC 5280 §4.2.1.6). */
export interface WantedName {
  readonly kind: 'dns' | 'ip';
  /** A-labels in lower case without a dot at the end, perhaps with `*.` in front; or a canonical IP address. */
  readonly value: string;
}

/**
 * Reads a name that a certificate shall carry. What clients would not accept, or would not mean what was meant, is
 * refused with what to ask for instead.
 *
 * | text                              | result                                                      |
 * |-----------------------------------|-------------------------------------------------------------|
 * | `API.Local.` `bücher.test`        | dns `api.local` `xn--bcher-kva.test`                         |
 * | `127.0.0.1` `::1` `[::1]`         | ip                                                          |
 * | `*.app.test`                      | dns: `*` as the whole left-most label (RFC 9525 §6.3)        |
 * | `https://api.test/x` `api.test:1` | error: the host alone                                       |
 * | `*` `*.local` `*.home.arpa`       | error: a wildcard needs a domain of one's own below the top |
 * | `*.*.test` `a.*.test` `f*.test`   | error: one `*`, alone, on the left                          |
 *
 * @throws {AltnameError} `ALTNAME_BAD_IDENTIFIER`, in one line that names the text and says what to ask for.
 */
export function parseWantedName(text: string): WantedName {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(text);
  if (url !== null) throw bad(text, `it is a URL; ask for its host, ${printable(url[1] ?? '', 100)}`);
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(text);
  if (bracketed !== null && !text.endsWith(']')) {
    throw bad(
      text,
      `it carries a port, which no certificate does; ask for ${printable(bracketed[1] ?? '', 100)}`,
    );
  }
  const plain = bracketed?.[1] ?? text;
  const withPort = /^([^:]*):(\d*)$/.exec(plain);
  if (withPort !== null) {
    throw bad(
      text,
      `it carries a port, which no certificate does; ask for ${printable(withPort[1] ?? '', 100)}`,
    );
  }
  if (/[/\\?#@]/.test(plain)) throw bad(text, 'it holds more than a host; ask for the host alone');
  if (plain.includes('*')) return wildcard(text, plain);
  const { kind, value } = parseIdentifier(plain);
  return { kind, value };
}

/** How a name stands in commands and lists: `IP:127.0.0.1`, `DNS:localhost`. */
export function sanText({ kind, value }: WantedName): string {
  return `${kind === 'ip' ? 'IP' : 'DNS'}:${value}`;
}

/** The names once each, in the order given. */
export function distinct(names: readonly WantedName[]): WantedName[] {
  return [...new Map(names.map((name) => [sanText(name), name])).values()];
}

function wildcard(text: string, plain: string): WantedName {
  if (plain === '*' || plain === '*.')
    throw bad(text, 'it would be every name; ask for the names themselves, or *.NAME.test');
  const labels = plain.replace(/\.$/, '').split('.');
  const [first = '', ...rest] = labels;
  const base = rest.join('.');
  if (base.includes('*')) {
    const own = rest.slice(rest.findLastIndex((label) => label.includes('*')) + 1).join('.');
    throw bad(
      text,
      `"*" stands for one label, the left-most, and there is one of it (RFC 9525 §6.3); ask for ${own === '' ? 'the names themselves' : `*.NAME.${own} for each NAME`}`,
    );
  }
  if (first !== '*') {
    throw bad(
      text,
      `"*" has to be a whole label: clients refuse part of one (RFC 9525 §6.3); ask for *.${base} or for the names themselves`,
    );
  }
  const { kind, value } = parseIdentifier(base);
  if (kind === 'ip') throw bad(text, 'an address has no wildcard; ask for each address');
  if (!value.includes('.') || value === 'home.arpa' || publicSuffixes.has(value)) {
    throw bad(
      text,
      `a wildcard for all of .${value} is refused by clients; ask for the names themselves, or for *.NAME.${value}`,
    );
  }
  return { kind: 'dns', value: `*.${value}` };
}

function bad(text: string, why: string): AltnameError {
  // A URL may carry a password.
  const shown = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1').replace(/[?#].*/s, '');
  return new AltnameError(
    'ALTNAME_BAD_IDENTIFIER',
    `"${printable(shown, 120)}" cannot be on a certificate: ${why}`,
  );
}
