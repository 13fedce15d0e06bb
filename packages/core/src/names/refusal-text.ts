import { problemText, readIdentifier, type Identifier } from './identifier.ts';
import { explainMismatch, type Mismatch, type MismatchReason } from './mismatch.ts';
import type { PresentedNames } from './presented.ts';
import { printable } from './printable.ts';

/** How many names a reason spells out, and how many it looks at to find the nearest. */
const shown = 5;
const lookedAt = 1000;

/** Why a host is none of the names, in one line that is safe to print. For the message of an error, not for reports. */
export function explainRefusal(host: string, names: PresentedNames): string {
  const reference = readIdentifier(host);
  if (typeof reference === 'string') {
    return `${quoted(host)} is not a DNS name or an IP address: ${problemText[reference]}`;
  }
  if (names.san === 'duplicate')
    return 'the certificate has more than one subjectAltName; none of them counts';
  if (names.san === 'malformed')
    return 'the subjectAltName of the certificate is malformed; it has no name that counts';
  const wanted = quoted(reference.value);
  const what = reference.kind === 'ip' ? 'IP address' : 'DNS name';
  const list = names[reference.kind];
  const nearest = nearestMismatch(reference, names);
  const because = nearest === null ? '' : `; ${hint(nearest)}`;
  if (list.length === 0) {
    const instead = names.commonNames.includes(reference.value)
      ? `; ${wanted} is only its common name, which does not count`
      : because;
    return `the certificate has no ${what} to match ${wanted}${instead}`;
  }
  return `${wanted} is none of the certificate's ${what === 'IP address' ? 'IP addresses' : 'DNS names'} (${enumerate(list)})${because}`;
}

function enumerate(list: readonly string[]): string {
  const named = list.slice(0, shown).map((name) => printable(name, 100));
  const more = list.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

const hints: Partial<Record<MismatchReason, string>> = {
  'wildcard-depth': 'in %, "*" stands for exactly one label',
  'wildcard-apex': 'in %, "*" stands for one label, and here there is none',
  'wildcard-partial': 'in %, "*" is not a whole label, so that name does not count',
  'wildcard-misplaced': 'in %, "*" is not the left-most label alone, so that name does not count',
  'wildcard-too-broad': '% is too broad a wildcard to count',
  'trailing-dot': '% ends in a dot, so it does not count',
  'address-in-dns': '% is there as a DNS name, but an address counts only as an IP address entry',
};

/** The mismatch most worth telling: one whose presented name agrees with the host as far as it can. */
function nearestMismatch(reference: Identifier, names: PresentedNames): Mismatch | null {
  const some = {
    san: names.san,
    dns: names.dns.slice(0, lookedAt),
    ip: names.ip.slice(0, lookedAt),
    others: [],
    commonNames: [],
  };
  const near = explainMismatch(reference, some).filter(
    ({ reason, presented }) => reason in hints && isNear(reference.value, presented.value, reason),
  );
  return near[0] ?? null;
}

function isNear(reference: string, presented: string, reason: MismatchReason): boolean {
  const name = presented.toLowerCase();
  if (reason === 'wildcard-depth' || reason === 'wildcard-apex') return true;
  if (reason === 'trailing-dot') return name === `${reference}.`;
  if (reason === 'address-in-dns') return name === reference;
  // Everything to the right of the label with the "*" agrees.
  const after = name.slice(name.lastIndexOf('*') + 1);
  const suffix = after.slice(after.indexOf('.'));
  return after.includes('.') ? reference.endsWith(suffix) : name === '*';
}

function hint({ reason, presented }: Mismatch): string {
  return (hints[reason] ?? '').replace('%', () => quoted(presented.value));
}

function quoted(text: string): string {
  return `"${printable(text, 100)}"`;
}
