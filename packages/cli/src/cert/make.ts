import { resolve } from 'node:path';
import type { Authority, MadeLeaf, MakeLeafOptions, WantedName } from '@altname/certs';
import { Arguments, type OptionSpec } from '../arguments.ts';
import { jsonText } from '../json-text.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { madeText } from './made-text.ts';

export const makeFlags: Readonly<Record<string, OptionSpec>> = {
  'ca-dir': { takes: 'value', expects: 'a directory for the CA' },
  out: { takes: 'value', short: 'o', expects: 'a directory for the certificate' },
  'pem-dir': { takes: 'value', expects: 'a directory for fullchain.pem and privkey.pem' },
  days: { takes: 'value', expects: 'a number of days' },
  permit: { takes: 'list', expects: 'a domain or a range of addresses' },
  rsa: { takes: 'flag' },
  pkcs12: { takes: 'flag' },
  force: { takes: 'flag', short: 'f' },
  renew: { takes: 'flag' },
  json: { takes: 'flag' },
  'no-color': { takes: 'flag' },
  quiet: { takes: 'flag', short: 'q' },
};

/** `altname cert NAME…`: makes or finds the CA of this machine, and a certificate with these names. */
export async function make(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, makeFlags);
  const certs = await import('@altname/certs');
  const names: WantedName[] = given.words.map((word) => certs.parseWantedName(word));
  if (names.length === 0) {
    throw new UsageError(
      'at least one name is expected: altname cert localhost 127.0.0.1',
      'altname help cert',
    );
  }
  const options = makeOptions(given);
  const permit = given.list('permit').map((text) => certs.parseSubtree(text));
  const authority = await certs.openAuthority(certs.caDirectory(given.value('ca-dir')), { permit });
  const made = await certs.makeLeaf(authority, names, options);
  await tell(given, terminal, authority, made);
  return 0;
}

function makeOptions(given: Arguments): MakeLeafOptions {
  const [out, pemDir, days] = [given.value('out'), given.value('pem-dir'), given.value('days')];
  if (out !== undefined && pemDir !== undefined) {
    throw new UsageError('--out and --pem-dir both say where the certificate goes; one of them is expected');
  }
  if (days !== undefined && !/^\d{1,4}$/.test(days)) {
    throw new UsageError(`--days "${days}" is no number of days`);
  }
  const dir = pemDir ?? out;
  return {
    layout: pemDir === undefined ? 'pair' : 'certbot',
    key: given.has('rsa') ? 'rsa' : 'ecdsa',
    pkcs12: given.has('pkcs12'),
    force: given.has('force'),
    renew: given.has('renew'),
    ...(dir === undefined ? {} : { out: resolve(dir) }),
    ...(days === undefined ? {} : { days: Number(days) }),
  };
}

async function tell(
  given: Arguments,
  terminal: Terminal,
  authority: Authority,
  made: MadeLeaf,
): Promise<void> {
  const { certificate, key, pkcs12 } = made.files;
  const ca = authority.certificateFile;
  if (given.has('json')) {
    await terminal.print(jsonText({ certificate, key, ca, ...(pkcs12 === undefined ? {} : { pkcs12 }) }));
  } else if (!given.has('quiet')) {
    await terminal.print(madeText(authority, made, terminal.color(given.has('no-color'))));
  }
}
