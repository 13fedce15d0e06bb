import { hostOfHeader } from '../names/host-header.ts';
import { readIdentifier } from '../names/identifier.ts';
import type { FindingCode } from './catalogue.ts';
import type { SixNames } from './evidence.ts';

/** A host as it is on the wire, in A-labels (RFC 5890 §2.3.2.1); as it stands where it is none, or is ASCII already. */
export function wireName(host: string): string {
  if (isAscii(host)) return host;
  const read = readIdentifier(host);
  return typeof read === 'string' ? host : read.value + (host.endsWith('.') ? '.' : '');
}

/**
 * A text about the names of a connection, with each of the user's own in the one spelling that every table of ours has:
 * as it is on the wire. *presented* is left as it came.
 */
export function inWireNames(text: string, { asked, dialled, sent, checked, host }: SixNames): string {
  if (isAscii(text)) return text;
  const header = host.value === null ? null : hostOfHeader(host.value);
  const own = [asked.value, dialled.host, sent.value, checked.value, header].filter((name) => name !== null);
  return [...new Set(own)].reduce(
    (spelled, name) => (isAscii(name) ? spelled : spelled.replace(alone(name), () => wireName(name))),
    text,
  );
}

/** The name where it is no part of another. */
function alone(name: string): RegExp {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}.-])${escaped}(?![\\p{L}\\p{N}-])`, 'gu');
}

/** Findings whose very matter is a spelling that is not the one on the wire. */
export const aboutSpelling: ReadonlySet<FindingCode> = new Set(['sni-not-normal', 'presented-not-ascii']);

function isAscii(text: string): boolean {
  return /^[\u0020-\u007e]*$/.test(text);
}
