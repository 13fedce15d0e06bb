import type { Line, Word } from './reader.ts';

/** What a server, or all that come after a `default-server`, is told about TLS: the words that say it. */
export interface ServerSettings {
  readonly ssl?: readonly Word[];
  readonly checkSsl?: readonly Word[];
  readonly check?: readonly Word[];
  readonly verify?: readonly Word[];
  readonly verifyHost?: readonly Word[];
  readonly sni?: readonly Word[];
  readonly sniAuto?: readonly Word[];
  readonly checkSni?: readonly Word[];
  readonly caFile?: readonly Word[];
}

type Name = keyof ServerSettings;

/** The settings that are looked at; those without a value have null. */
const looked: ReadonlyMap<
  string,
  { readonly name: Name; readonly hasValue: boolean; readonly isReset?: true }
> = new Map([
  ['ssl', { name: 'ssl', hasValue: false }],
  ['no-ssl', { name: 'ssl', hasValue: false, isReset: true }],
  ['check-ssl', { name: 'checkSsl', hasValue: false }],
  ['no-check-ssl', { name: 'checkSsl', hasValue: false, isReset: true }],
  ['check', { name: 'check', hasValue: false }],
  ['no-check', { name: 'check', hasValue: false, isReset: true }],
  ['verify', { name: 'verify', hasValue: true }],
  ['verifyhost', { name: 'verifyHost', hasValue: true }],
  ['no-verifyhost', { name: 'verifyHost', hasValue: false, isReset: true }],
  ['sni', { name: 'sni', hasValue: true }],
  ['sni-auto', { name: 'sniAuto', hasValue: false }],
  ['no-sni-auto', { name: 'sniAuto', hasValue: false, isReset: true }],
  ['check-sni', { name: 'checkSni', hasValue: true }],
  ['ca-file', { name: 'caFile', hasValue: true }],
]);

/** The others whose value must not be taken for a setting. */
const withValue: ReadonlySet<string> = new Set(
  `addr agent-addr agent-inter agent-port agent-send alpn check-alpn check-pool-conn-name check-proto ciphers ciphersuites
  client-sigalgs cookie crl-file crt curves downinter error-limit fall fastinter guid hash-key id idle-ping inter log-bufsize
  log-proto max-reuse maxconn maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name
  pool-low-conn pool-max-conn pool-purge-delay port proto proxy-v2-options redir renegotiate resolve-net resolve-opts
  resolve-prefer resolvers rise shard sigalgs slowstart socks4 source ssl-max-ver ssl-min-ver tcp-ut track usesrc weight ws`.split(
    /\s+/,
  ),
);

/** A `server`, `server-template`, `peer` or `default-server`. */
export interface ServerLine {
  /** Where it goes; null for a `default-server`. */
  readonly address: Word | null;
  readonly settings: ServerSettings;
}

/** The settings of a line, on top of those that it inherits; null for a line of another kind. */
export function serverOf(line: Line, inherited: ServerSettings): ServerLine | null {
  const from = { server: 3, peer: 3, 'server-template': 4, 'default-server': 1 }[line[0].text];
  if (from === undefined) return null;
  const settings: { -readonly [name in Name]?: readonly Word[] } = { ...inherited };
  for (let index = from; index < line.length; index++) {
    const word = line[index] as Word;
    const known = looked.get(word.text);
    if (known === undefined) {
      if (withValue.has(word.text)) index++;
      continue;
    }
    const value = known.hasValue ? line[++index] : undefined;
    if (known.isReset === true) delete settings[known.name];
    else settings[known.name] = value === undefined ? [word] : [word, value];
  }
  return { address: from === 1 ? null : (line[from - 1] ?? null), settings };
}
