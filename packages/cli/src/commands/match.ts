import {
  formatMatch,
  matchName,
  parseIdentifier,
  printable,
  type PresentedNames,
  jsonText,
} from '@altname/core';
import { Arguments } from '../arguments.ts';
import { leafOf, readBundle } from '../bundle.ts';
import { styleFlags } from '../check/flags.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Mismatches in JSON, unless --all asks for each of them. */
const mostMismatches = 100;

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, styleFlags);
  const [name, file, ...more] = given.words;
  if (name === undefined || file === undefined || more.length > 0) {
    throw new UsageError('a name and a file are expected: altname match NAME FILE', 'altname help match');
  }
  const reference = parseIdentifier(name);
  const leaf = leafOf(await readBundle(file));
  if (leaf === null) throw new UsageError(`"${printable(file)}" holds no certificate`);
  const match = matchName(reference, leaf.names);
  if (given.has('json')) {
    await terminal.print(jsonOf(name, leaf.names, leaf.fingerprints.sha256, given.has('all')));
  } else {
    await terminal.print(
      formatMatch(name, leaf.names, {
        color: terminal.color(given.has('no-color')),
        ascii: given.has('ascii'),
        all: given.has('all'),
        width: terminal.width,
      }),
    );
  }
  return match.matches ? 0 : 1;
}

function jsonOf(name: string, presented: PresentedNames, sha256: string, all: boolean): string {
  const match = matchName(name, presented);
  const answer = match.matches
    ? { by: match.by }
    : { mismatches: all ? match.mismatches : match.mismatches.slice(0, mostMismatches) };
  return jsonText({
    version: 1,
    name,
    matches: match.matches,
    ...answer,
    presented,
    certificate: { sha256 },
  });
}

export const help = `Says whether a certificate fits a name, and if not, which label fails.

Usage:
    altname match api.example.com server.pem
    altname match 192.0.2.1 fullchain.pem
    altname match --json localhost cert.der

Of a bundle the leaf is taken: the first certificate that is no authority.
The rules are those of RFC 9525. Nothing is said of trust or time: that is for
altname inspect.

Options:
    --json       one object
    --all        every name of the certificate, not the 3 nearest
    --ascii      ASCII characters only
    --no-color   no colour

Exit codes: 0 it fits, 1 it does not, 2 usage.
`;
