import { printable, type Certificate, jsonText } from '@altname/core';
import type { CertificateDiff, NameInUse } from '@altname/certs';
import { Arguments, type OptionSpec } from '../arguments.ts';
import { leafOf, readBundle } from '../bundle.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { sourceFlags, sourceOptions } from './source-flags.ts';
import { formatDiff, type ComparedFile } from './diff-format.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  names: { takes: 'list', expects: 'a file that tells the names in use' },
  ...sourceFlags,
  json: { takes: 'flag' },
  all: { takes: 'flag' },
  ascii: { takes: 'flag' },
  'no-color': { takes: 'flag' },
};

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, flags);
  const [before, after, ...more] = given.words;
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UsageError('two files are expected: altname cert diff OLD NEW', 'altname cert diff --help');
  }
  if ([before, after, ...given.list('names')].filter((file) => file === '-').length > 1) {
    throw new UsageError('standard input ("-") can be one of the files alone');
  }
  const old = await readBundle(before);
  const fresh = await readBundle(after);
  const { diffCertificates } = await import('@altname/certs');
  const names = await namesOf(given);
  const diff = diffCertificates(old, fresh, names === null ? {} : { names });
  const sides = [comparedFile(before, old), comparedFile(after, fresh)] as const;
  if (given.has('json')) {
    await terminal.print(jsonOf(diff, sides));
  } else {
    const style = {
      color: terminal.color(given.has('no-color')),
      ascii: given.has('ascii'),
      width: terminal.width,
    };
    await terminal.print(formatDiff(diff, sides, names !== null, given.has('all'), style));
  }
  return diff.breaks ? 1 : 0;
}

/** The names in use; null when nobody says which they are. */
async function namesOf(given: Arguments): Promise<NameInUse[] | null> {
  const files = given.list('names');
  if (files.length === 0) return null;
  const { namesFromFile } = await import('@altname/certs');
  const options = sourceOptions(given);
  const names: NameInUse[] = [];
  for (const file of files) for (const name of await namesFromFile(file, options)) names.push(name);
  return names;
}

function comparedFile(file: string, bundle: readonly Certificate[]): ComparedFile {
  const leaf = leafOf(bundle);
  if (leaf === null) throw new UsageError(`"${printable(file)}" holds no certificate`);
  return {
    file,
    sha256: leaf.fingerprints.sha256,
    subject: leaf.subject.text,
    issuer: leaf.issuer.text,
    notBefore: leaf.toJSON().notBefore,
    notAfter: leaf.toJSON().notAfter,
  };
}

function jsonOf(diff: CertificateDiff, [old, fresh]: readonly [ComparedFile, ComparedFile]): string {
  return jsonText({
    version: 1,
    old,
    new: fresh,
    breaks: diff.breaks,
    names: diff.names,
    changes: diff.changes,
    leftOut: diff.leftOut.map(({ text, from, problem }) => ({ text, from, problem })),
  });
}

export const help = `Says what a new certificate would do to those who connect, before it takes the
place of the old one.

Usage:
    altname cert diff old.pem new.pem
    altname cert diff old.pem new.pem --names names.txt
    altname cert diff old.pem new.pem --names names.jsonl --names k8s.yaml

OLD and NEW are files in PEM, whole chains if that is what the server sends, or
in DER. Without --names the names are those of OLD, each wildcard standing for
itself. Told are the names in use that would stop working or begin to, and what
else clients may depend on: issuer, root and intermediates, key, signature,
validity, purposes, must-staple, what a CA in the chain may sign for.

Options:
    --names FILE           names in use, one a line, or whatever --from of
                           altname cert csr takes; - for stdin
    --cluster-domain NAME  of the cluster; cluster.local when not given
    --namespace NAME       of objects that name none; default when not given
    --all                  every name, those that stay too
    --json                 one object
    --ascii                ASCII characters only
    --no-color             no colour

Exit codes: 0 nobody breaks, 1 somebody does, 2 usage.
`;
