import type { StoreName, TrustProof } from '@altname/certs';
import { printable, jsonText } from '@altname/core';
import type { OptionSpec } from '../arguments.ts';
import { readDuration } from '../duration.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { statusText } from './status-text.ts';
import { readTrustWords, trustFlags } from './trust-words.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  ...trustFlags,
  timeout: { takes: 'value', expects: 'a duration, such as 20s' },
};

/** @returns 0 when every client that counts trusts the CA, and each store that was named has one; 1 otherwise */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { given, dir, stores, named, root } = await readTrustWords(words, flags, 'status');
  const { nodeExtraRoots, nodeSettings, openAuthority, proveTrust } = await import('@altname/certs');
  const authority = await openAuthority(dir, { create: false });
  if (authority === null) throw new UsageError(`no CA is in "${printable(dir)}"`, 'altname cert localhost');
  const timeout = given.value('timeout');
  const asked = timeout === undefined ? {} : { timeout: readDuration(timeout, 'timeout') };
  terminal.progress('asking every client');
  const proofs = await proveTrust(authority, { stores, ...asked });
  terminal.done();
  const trusted = isTrusted(proofs, named ? stores : []);
  const setting = nodeSettings(root, nodeExtraRoots(root)).find(({ place }) => place === 'sh')?.text ?? '';
  const withChange = proofs.map((proof) => ({ ...proof, change: changeOf(proof, setting) }));
  if (given.has('json')) {
    const ca = { certificate: root.file, sha256: root.sha256, name: root.name };
    await terminal.print(jsonText({ version: 1, ca, trusted, proofs: withChange }));
  } else {
    await terminal.print(statusText(withChange, terminal.color(given.has('no-color'))));
  }
  return trusted ? 0 : 1;
}

function isTrusted(proofs: readonly TrustProof[], named: readonly StoreName[]): boolean {
  const present = proofs.filter(({ counts, result }) => counts && result !== 'not-present');
  return (
    present.length > 0 &&
    present.every(({ result }) => result === 'trusted') &&
    named.every((store) => present.some((proof) => proof.store === store))
  );
}

/** The command that makes a client trust; null where it does, or where there is nothing to change. */
function changeOf({ changedBy, counts, result }: TrustProof, setting: string): string | null {
  if (result !== 'not-trusted' || !counts) return null;
  return changedBy === 'node' ? setting.replaceAll('\n', '; ') : `altname cert trust --store ${changedBy}`;
}

export const help = `Proves which clients trust the CA, by a handshake with each that is here:
OpenSSL, curl, GnuTLS, Python, NSS with each database, Chromium, Java and Node.

Usage:
    altname cert status
    altname cert status --store node
    altname cert status --json

A server on 127.0.0.1 presents a certificate of the CA; a client trusts it when
its request comes. Of Node it is shown, too, what NODE_EXTRA_CA_CERTS and
--use-system-ca would do; that does not count.

Options:
    --store NAME      system, nss (Chromium, Firefox), java or node; repeatable
    --timeout TIME    for each client; 20s when not given
    --ca-dir DIR      another CA (also ALTNAME_CA_DIR)
    --json            one object
    --no-color        no colour

Exit codes: 0 all of them trust it, 1 one does not, 2 usage.
`;
