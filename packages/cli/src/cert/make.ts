import { resolve } from 'node:path';
import type { Authority, MadeLeaf, MakeLeafOptions, Subtree, WantedName } from '@altname/certs';
import { printable, jsonText } from '@altname/core';
import { Arguments, type OptionSpec } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { leafOf, readBundle } from '../bundle.ts';
import { loadCertCommand } from './index.ts';
import { foundText, madeText, type Found } from './made-text.ts';
import { sourceFlags } from './source-flags.ts';
import { wantedNames, type WantedNames } from './wanted-names.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  from: { takes: 'list', expects: 'a file that tells the names in use' },
  ...sourceFlags,
  check: { takes: 'value', expects: 'a certificate to compare with' },
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
  const given = new Arguments(words, flags);
  const [first = ''] = given.words;
  if ((await loadCertCommand(first)) !== null) {
    throw new UsageError(
      `"${first}" is a command of altname cert and stands before the options: altname cert ${first} …`,
      `altname cert help ${first}`,
    );
  }
  const certs = await import('@altname/certs');
  const dir = certs.caDirectory(given.value('ca-dir'));
  const permit = given.list('permit').map((text) => certs.parseSubtree(text));
  const all = await wantedNames(given);
  const compared = given.value('check');
  const lacking = compared === undefined ? null : await lackingIn(compared, all);
  const options = makeOptions(given);
  const wanted = await withinReach(all, dir, permit);
  if (wanted.names.length === 0) throw noNames(wanted);
  const authority = await certs.openAuthority(dir, { permit, names: wanted.names });
  const made = await certs.makeLeaf(authority, wanted.names, options);
  await tell(given, terminal, authority, made, { ...wanted, lacking });
  return 0;
}

/** Leaves out what a file holds and the CA may not sign for. What was asked for by name is an error later. */
async function withinReach(
  wanted: WantedNames,
  dir: string,
  permit: readonly Subtree[],
): Promise<WantedNames> {
  if (wanted.inUse.length === 0) return wanted;
  const { outsideAuthority } = await import('@altname/certs');
  const { asked } = wanted;
  const found = wanted.names.slice(asked.length);
  const { names, options } = await outsideAuthority(dir, found, permit);
  if (options === null) return wanted;
  const beyond = new Set(names);
  const isBeyond = ({ name }: { readonly name: WantedName | null }): boolean =>
    name !== null && beyond.has(name.value);
  const problem = `outside what the CA may sign for; with ${options} it may`;
  return {
    asked,
    names: [...asked, ...found.filter((name) => !beyond.has(name.value))],
    inUse: wanted.inUse.filter((each) => !isBeyond(each)),
    leftOut: [
      ...wanted.leftOut,
      ...wanted.inUse.filter(isBeyond).map((each) => ({ ...each, name: null, problem })),
    ],
  };
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

/** The names in use that a certificate at hand has not, as text. */
async function lackingIn(file: string, { names }: WantedNames): Promise<string[]> {
  const { missingFrom } = await import('@altname/certs');
  const leaf = leafOf(await readBundle(file));
  if (leaf === null) throw new UsageError(`"${printable(file)}" holds no certificate`);
  const asked = names.map((name) => ({ name, text: name.value, from: '', problem: null }));
  return missingFrom(leaf, asked).map(({ text }) => text);
}

function noNames({ leftOut }: WantedNames): UsageError {
  const [first] = leftOut;
  if (first !== undefined) {
    return new UsageError(
      `no name is left that a certificate could carry: ${printable(first.from)}: ${first.problem}`,
    );
  }
  return new UsageError(
    'at least one name is expected: altname cert localhost 127.0.0.1',
    'altname help cert',
  );
}

async function tell(
  given: Arguments,
  terminal: Terminal,
  authority: Authority,
  made: MadeLeaf,
  found: Found,
): Promise<void> {
  const { certificate, key, pkcs12 } = made.files;
  if (given.has('json')) {
    const { lacking, leftOut } = found;
    const answer = {
      certificate,
      key,
      ca: authority.certificateFile,
      ...(pkcs12 === undefined ? {} : { pkcs12 }),
      ...(lacking === null ? {} : { lacking }),
      ...(given.list('from').length === 0
        ? {}
        : { leftOut: leftOut.map(({ text, from, problem }) => ({ text, from, problem })) }),
    };
    await terminal.print(jsonText(answer));
  } else if (!given.has('quiet')) {
    const { shellWord } = await import('@altname/certs');
    const text = madeText(authority, made, terminal.color(given.has('no-color')), shellWord);
    await terminal.print(foundText(found, given.value('check') ?? '') + text);
  }
}
