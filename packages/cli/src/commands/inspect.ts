import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import {
  diagnose,
  exitCodeOf,
  formatPretty,
  parseTarget,
  printable,
  probe,
  readCertificates,
  type Certificate,
  type CertificateFacts,
  type Diagnosis,
  type Evidence,
  jsonText,
} from '@altname/core';
import { Arguments } from '../arguments.ts';
import { readBundle } from '../bundle.ts';
import { readAsking } from '../check/asking.ts';
import { askingFlags, styleFlags } from '../check/flags.ts';
import { problemOf } from '../check/targets.ts';
import { inspectChain, type ChainReport, type Member } from '../inspect/chain.ts';
import { formatInspection, type InspectStyle } from '../inspect/format.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What was looked at: a file, or what a server sent. */
interface Inspection {
  readonly source: string;
  readonly certificates: readonly CertificateFacts[];
  readonly chain: ChainReport;
  /** What `altname check` says of a server; null for a file. */
  readonly diagnosis: Diagnosis | null;
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, { ...askingFlags, ...styleFlags });
  const sources = given.words.map(readSource);
  if (sources.length === 0) {
    throw new UsageError(
      'a file, - or a host is expected: altname inspect FILE|-|HOST',
      'altname help inspect',
    );
  }
  if (sources.filter(({ text }) => text === '-').length > 1)
    throw new UsageError('- can stand only once: standard input is read once');
  const options = await readAsking(given);
  const now = Date.now();
  const style: InspectStyle = {
    color: terminal.color(given.has('no-color')),
    ascii: given.has('ascii'),
    all: given.has('all'),
    width: terminal.width,
    now,
  };
  let exit = 0;
  let printed = 0;
  for (const { kind, text } of sources) {
    const inspection =
      kind === 'file'
        ? inspectFile(text, await readBundle(text), now)
        : inspectEvidence(await probe(text, options), now);
    exit = worse(exit, exitOf(inspection));
    const shown = given.has('json') ? jsonOf(inspection) : formatted(inspection, style);
    await terminal.print(!given.has('json') && printed++ > 0 ? `\n${shown}` : shown);
  }
  return exit;
}

interface Source {
  readonly kind: 'file' | 'host';
  readonly text: string;
}

/** An existing file wins; what looks like a path and is none is an error; everything else is a host. */
function readSource(text: string): Source {
  if (text === '-' || (!text.includes('\0') && existsSync(text))) return { kind: 'file', text };
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!isUrl && (/[/\\]/.test(text) || /\.(?:pem|crt|cer|der|p7b|key)$/i.test(text))) {
    throw new UsageError(`"${printable(text)}": there is no such file`);
  }
  const problem = problemOf(text);
  if (problem !== null) throw new UsageError(problem);
  return { kind: 'host', text };
}

function inspectFile(file: string, bundle: readonly Certificate[], now: number): Inspection {
  const members = bundle.map((certificate): Member => ({
    facts: certificate.toJSON(),
    signedBy: signatureOf(certificate, bundle),
  }));
  return {
    source: file === '-' ? 'standard input' : file,
    certificates: members.map(({ facts }) => facts),
    chain: inspectChain(members, now, rootSubjects()),
    diagnosis: null,
  };
}

/** Whether the key of another certificate in the bundle made the signature; null where OpenSSL cannot read one of them. */
function signatureOf(
  certificate: Certificate,
  bundle: readonly Certificate[],
): (issuer: CertificateFacts) => boolean | null {
  return (issuer) => {
    const signer = bundle.find(({ fingerprints }) => fingerprints.sha256 === issuer.fingerprints.sha256);
    if (signer === undefined) return null;
    try {
      return new X509Certificate(certificate.der).verify(new X509Certificate(signer.der).publicKey);
    } catch {
      return null;
    }
  };
}

function inspectEvidence(evidence: Evidence, now: number): Inspection {
  const handshakes = evidence.attempts.flatMap(({ outcome, purpose }) =>
    outcome.kind === 'handshake' ? [{ outcome, purpose }] : [],
  );
  // The chain on the wire, where it was seen; what Node reports is the path it built, roots of its own included.
  const own = handshakes.find(({ outcome }) => outcome.chainFrom === 'wire') ?? handshakes[0];
  const certificates = (own?.outcome.chain ?? []).flatMap((print) => evidence.certificates[print] ?? []);
  return {
    source: `${parseTarget(evidence.target).host}:${evidence.names.dialled.port}`,
    certificates,
    chain: inspectChain(
      certificates.map((facts) => ({ facts, signedBy: null })),
      now,
      rootSubjects(),
    ),
    diagnosis: diagnose(evidence),
  };
}

let subjects: ReadonlySet<string> | null = null;

/** The subjects of the roots that come with Node, read once. */
function rootSubjects(): ReadonlySet<string> {
  subjects ??= new Set(readCertificates(rootCertificates.join('\n')).map(({ subject }) => subject.text));
  return subjects;
}

function formatted({ source, certificates, chain, diagnosis }: Inspection, style: InspectStyle): string {
  const parts =
    certificates.length === 0 && diagnosis !== null
      ? []
      : [formatInspection(source, certificates, chain, style)];
  if (diagnosis !== null) parts.push(formatPretty(diagnosis, style));
  return parts.join('\n\n');
}

function jsonOf({ source, certificates, chain, diagnosis }: Inspection): string {
  return jsonText({ version: 1, source, certificates, chain, ...(diagnosis === null ? {} : { diagnosis }) });
}

function exitOf({ chain, diagnosis }: Inspection): number {
  const wrong = chain.problems.some(({ severity }) => severity === 'error') ? 1 : 0;
  return diagnosis === null ? wrong : worse(wrong, exitCodeOf(diagnosis));
}

/** 1 is worse than 3, and 3 than 0, as for many diagnoses. */
function worse(a: number, b: number): number {
  return [1, 3, 0].find((code) => a === code || b === code) ?? 0;
}

export const help = `Shows the certificates of a file or a server: names, validity, key, constraints,
the order of the chain, and what is wrong with it.

Usage:
    altname inspect fullchain.pem
    altname inspect server.crt intermediate.crt ca.der
    altname inspect - < cert.pem
    altname inspect api.example.com:8443
        asks the server, and shows the chain as it sends it

A file that exists is read, in PEM or DER; everything else is a host.

Options:
    --json       one object for each file or host, one a line
    --all        every name, every certificate
    --ascii      ASCII characters only
    --no-color   no colour
For a host, those of altname check that say how to ask: --connect, --servername,
--no-servername, --name, --host-header, --ca, --system-ca, --starttls, --client,
-4, -6, --timeout, --dns, --search, --min-tls, --max-tls.

Exit codes: 0 nothing wrong, 1 something is, 2 usage, 3 the host could not be
asked.
`;
