import { readFile } from 'node:fs/promises';
import { printable, jsonText } from '@altname/core';
import type { NameInUse } from '@altname/certs';
import { Arguments, type OptionSpec } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { sourceFlags } from './source-flags.ts';
import { wantedNames } from './wanted-names.ts';
import { formatRequest, type MadeRequest } from './csr-format.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  from: { takes: 'list', expects: 'a file that tells the names in use' },
  ...sourceFlags,
  rsa: { takes: 'flag' },
  key: { takes: 'value', expects: 'a file with a private key' },
  out: { takes: 'value', short: 'o', expects: 'a directory' },
  wildcards: { takes: 'flag' },
  'wildcard-from': { takes: 'value', expects: 'a number of names from 2 on' },
  force: { takes: 'flag', short: 'f' },
  json: { takes: 'flag' },
  ascii: { takes: 'flag' },
  'no-color': { takes: 'flag' },
};

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, flags);
  const made = await makeRequest(given);
  if (given.has('json')) {
    await terminal.print(jsonText({ version: 1, ...made }));
  } else {
    const style = { color: terminal.color(given.has('no-color')), ascii: given.has('ascii') };
    await terminal.print(formatRequest(made, { ...style, width: terminal.width }));
  }
  return 0;
}

async function makeRequest(given: Arguments): Promise<MadeRequest> {
  const existing = given.value('key');
  if (existing !== undefined && given.has('rsa')) {
    throw new UsageError('--rsa makes a new key, and --key gives one; one of the two is expected');
  }
  const least = leastOf(given);
  const certs = await import('@altname/certs');
  const { names: asked, leftOut } = await wantedNames(given);
  if (given.words.length + given.list('from').length === 0) {
    throw new UsageError(
      'names are expected: altname cert csr NAME… or --from FILE',
      'altname cert csr --help',
    );
  }
  const cover = given.has('wildcards')
    ? certs.coverWithWildcards(asked, { least })
    : { names: asked, wildcards: certs.coverWithWildcards(asked, { least: Infinity }).wildcards };
  const [first] = cover.names;
  if (first === undefined) throw noNames(leftOut);
  const files = certs.requestFiles(given.value('out') ?? '.', first);
  const used = { ...files, key: existing ?? files.key };
  const request = await certs.makeSigningRequest(cover.names, {
    keyType: given.has('rsa') ? 'rsa' : 'ecdsa',
    ...(existing === undefined ? {} : { existingKey: { pem: await readKey(existing), file: existing } }),
  });
  await certs.writeRequestFiles(used, request, given.has('force'));
  return {
    request: used.request,
    key: used.key,
    keyMade: request.key !== null,
    names: request.names,
    wildcards: cover.wildcards,
    leftOut: leftOut.map(({ text, from, problem }) => ({ text, from, problem })),
    publicIssuance: certs.publicIssuance(request.names),
    commands: certs.issuanceCommands(request.names, used),
  };
}

function leastOf(given: Arguments): number {
  const text = given.value('wildcard-from');
  if (text === undefined) return 2;
  if (!given.has('wildcards'))
    throw new UsageError('--wildcard-from says when --wildcards takes one; give both');
  const least = Number(text);
  if (/^\d{1,6}$/.test(text) && least >= 2) return least;
  throw new UsageError(`--wildcard-from "${text}": a number of names from 2 on is expected`);
}

function noNames(leftOut: readonly NameInUse[]): UsageError {
  const [first] = leftOut;
  const why = first === undefined ? '' : `: ${printable(first.from)}: ${first.problem}`;
  return new UsageError(`no name is left that a certificate could carry${why}`);
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--key "${file}" cannot be read (${code}); a file with a private key is expected`);
  }
}

export const help = `Makes a signing request with exactly the names needed, for a CA of your choice.

Usage:
    altname cert csr www.example.com example.com
    altname cert csr --from docker-compose.yml --from /etc/hosts --out tls
    altname cert csr --wildcards --from k8s.yaml --namespace shop
    altname cert csr api.example.com --key old.key

Writes NAME.csr (PKCS #10) and NAME.key (mode 0600), and prints the commands by
which certbot, step and OpenSSL ask for exactly the same names. It says which
names no public CA issues for.

Options:
    --from FILE            names in use: a Compose file, a Kubernetes manifest,
                           a hosts file, a list, or what altname run --record
                           and altname check --json write; - for stdin
    --cluster-domain NAME  of the cluster; cluster.local when not given
    --namespace NAME       of objects that name none; default when not given
    --wildcards            the fewest wildcards that cover the names, and what
                           each of them would expose
    --wildcard-from N      a wildcard only where it replaces N names; 2
    --rsa                  an RSA key of 2048 bits instead of ECDSA P-256
    --key FILE             an existing key
    -o, --out DIR          where the files go; here when not given
    -f, --force            replace files that are there
    --json                 one object
    --ascii                ASCII characters only
    --no-color             no colour

Exit codes: 0 made, 2 usage.
`;
