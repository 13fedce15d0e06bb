import { matchName, printable, type Identifier, type PresentedNames } from '@altname/core';
import type { Found, TextFile } from '../text-file.ts';
import { isPresented } from './configured-name.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** Names that are listed in one message. */
const mostListed = 6;
/** Names that a command asks for. */
const mostAsked = 10;

/** What is wrong at a place of a file. */
export interface FoundIn extends Found {
  readonly file: TextFile;
}

/** A name that none of the certificates of a server has. */
export interface MissingName {
  readonly name: Identifier;
  /** Who uses the name, and what it leads to: `https://api:8443 leads to the service api`. */
  readonly used: string;
  /** What the server presents, the likely one first. */
  readonly certificates: readonly ServerCertificate[];
  /** The names by which the server is reached, in the configuration of the user: what a new certificate has to have. */
  readonly wanted: readonly Identifier[];
}

/** Why a name is missing, and what to make; without a place. Null where it is not missing. */
export function missingName(missing: MissingName): Pick<Found, 'code' | 'message' | 'hint'> | null {
  const { name, used, certificates } = missing;
  const [first, ...others] = certificates;
  if (first === undefined || certificates.some(({ names }) => isPresented(name, names))) return null;
  const whose =
    others.length === 0
      ? `its certificate ${first.where}`
      : `any of its ${certificates.length} certificates, the first ${first.where}`;
  return {
    code: 'name-not-on-certificate',
    message: `${used}, but ${shownName(name)} is not on ${whose}: ${presentedText(name, first.names)}.`,
    hint: hintOf(missing, first),
  };
}

/** Whether a name is only the common name of a certificate without any other: some clients, Node among them, take it. */
export function isCommonName({ value }: Identifier, { names }: ServerCertificate): boolean {
  return names.san === 'absent' && names.commonNames.some((each) => each.toLowerCase() === value);
}

/** What is on a certificate, and why it is not the name. */
export function presentedText(name: Identifier | null, presented: PresentedNames): string {
  const { san, dns, ip, commonNames } = presented;
  const only = commonNames[0];
  if (san === 'absent') {
    return only === undefined
      ? 'it has no names at all'
      : `it has no subjectAltName, and its common name ${quoted(only)} does not count`;
  }
  if (san !== 'present') return `its subjectAltName is ${san}, so that no name on it counts`;
  const all = [...dns, ...ip];
  if (all.length === 0) return 'it has no names of servers';
  const shown = all.slice(0, mostListed).map(quoted).join(', ');
  const more = all.length > mostListed ? ` and ${all.length - mostListed} more` : '';
  return `it has ${shown}${more}${name === null ? '' : nearText(name, presented)}`;
}

export function shownName({ value }: Identifier): string {
  return printable(value, 253);
}

/** The command that makes a certificate with these names, each from the user's own files. */
export function commandFor(names: readonly Identifier[]): string {
  const words = [...new Set(names.map(({ value }) => (value.startsWith('*') ? `'${value}'` : value)))];
  return `altname cert ${words.slice(0, mostAsked).join(' ')}`;
}

function hintOf({ name, wanted }: MissingName, { madeFrom }: ServerCertificate): string {
  if (madeFrom !== null)
    return `add ${shownName(name)} to the ${name.kind === 'ip' ? 'ipAddresses' : 'dnsNames'} of ${madeFrom}`;
  return `make one that has the names in use: ${commandFor([name, ...wanted])}`;
}

/** Where a name is nearly there. */
function nearText(name: Identifier, presented: PresentedNames): string {
  const match = matchName(name, presented);
  if (match.matches) return '';
  for (const { reason, presented: near } of match.mismatches) {
    const text = near.value;
    if (reason === 'wildcard-depth' && isBelow(name.value, text)) {
      return `; ${quoted(text)} stands for one label, not for several`;
    }
    if (reason === 'wildcard-apex') return `; ${quoted(text)} does not stand for the name below itself`;
    if (reason === 'wildcard-too-broad' && isBelow(name.value, text)) {
      return `; ${quoted(text)} is too broad to count`;
    }
    if (reason === 'wildcard-partial')
      return `; in ${quoted(text)} the * is part of a label, and does not count`;
    if (reason === 'address-in-dns' && text === name.value) {
      return `; the address stands there as a DNS name, where none is looked for`;
    }
  }
  return '';
}

function isBelow(name: string, wildcard: string): boolean {
  return name.endsWith(wildcard.toLowerCase().replace(/^\*/, ''));
}

/** A name of a certificate may be any text. */
function quoted(name: string): string {
  const shown = printable(name, 100);
  return /^[\w.*:-]+$/.test(shown) ? shown : JSON.stringify(shown);
}
