import { AltnameError, parseIdentifier, type Identifier } from '@altname/core';
import { reasonOf, shownName, type Dial } from './endpoint.ts';

/** The name that is compared with the certificate, and the server name that is sent. */
export interface ChosenNames {
  /** *checked*: lower case, A-labels, no dot at the end; or an IP address. */
  readonly name: string;
  /** *sent*: the same form, never an address (RFC 6066 §3); null for none. */
  readonly sni: string | null;
}

/**
 * Which name is checked and which is sent.
 *
 * | given                            | checked          | sent            |
 * |----------------------------------|------------------|-----------------|
 * | nothing                          | the host of `to` | the same        |
 * | `name`                           | that             | the same        |
 * | … and it is an IP address        | that             | none            |
 * | `sni: false`                     | as above         | none            |
 * | `sni: 'other.test'`              | as above         | other.test      |
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line.
 */
export function chooseNames(dial: Dial, name: unknown, sni: unknown): ChosenNames {
  if (name === undefined && 'path' in dial) throw bad('name', 'a socket has no name: say which one to check');
  const checked = readName('name', name ?? (dial as { host: string }).host);
  if (sni === false) return { name: checked.value, sni: null };
  if (sni === undefined) {
    return { name: checked.value, sni: checked.kind === 'dns' ? checked.value : null };
  }
  const sent = readName('sni', sni);
  if (sent.kind === 'ip') throw bad('sni', 'an IP address is never sent as server name (RFC 6066 §3)');
  return { name: checked.value, sni: sent.value };
}

/**
 * Reads a name that an option gives.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the option.
 */
export function readName(option: string, text: unknown): Identifier {
  if (typeof text !== 'string') throw bad(option, 'a text is expected');
  try {
    return parseIdentifier(text);
  } catch (error) {
    throw bad(`${option} "${shownName(text)}"`, reasonOf(error), error);
  }
}

function bad(option: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `${option}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
