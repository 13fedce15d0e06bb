import type { Mismatch, MismatchReason } from '../names/mismatch.ts';
import { foldAscii } from '../names/presented.ts';
import { asciiName } from './spelling.ts';

/**
 * Why a presented name does not match, in words that name the label, so that they say all that the carets show.
 * `reference` is the canonical name that was compared.
 */
export function reasonText(mismatch: Mismatch, reference: string): string {
  return texts[mismatch.reason](
    quote(labelAt(reference, mismatch.label)),
    quote(labelAt(foldAscii(mismatch.presented.value), mismatch.label)),
    quote(labelAt(reference, mismatch.label === null ? null : mismatch.label - 1)),
  );
}

/** A label counted from the right, beginning with 1; empty when there is none. */
export function labelAt(name: string, label: number | null): string {
  return label === null || label < 1 ? '' : (name.split('.').at(-label) ?? '');
}

const texts: Readonly<
  Record<MismatchReason, (checked: string, presented: string, before: string) => string>
> = {
  'label-differs': (checked, presented) => `${checked} checked, ${presented} presented`,
  'presented-shorter': (checked) => `the certificate's name ends before ${checked}`,
  'presented-longer': (_checked, presented) => `the certificate's name goes on with ${presented}`,
  'wildcard-depth': (_checked, _presented, before) => `“*” is exactly one label, and ${before} took it`,
  'wildcard-apex': () => '“*” is exactly one label, and the name checked has none there',
  'wildcard-partial': () => '“*” counts only as a whole label, never as a part of one',
  'wildcard-misplaced': () => '“*” counts only once, as the left-most label',
  'wildcard-too-broad': () => '“*” needs at least two labels after it',
  'trailing-dot': () => "the certificate's name ends in a dot, so it matches nothing",
  'not-ascii': () => 'not ASCII; a certificate has to carry the A-label (xn--…)',
  'address-in-dns': () => 'an address written as a DNS name, which matches nothing',
  malformed: () => 'no valid name, so it matches nothing',
  'address-differs': () => 'another address',
  'other-kind': () => 'an address and a DNS name never match',
  'reference-invalid': () => 'the name checked is no valid name, so nothing matches it',
};

function quote(label: string): string {
  return `“${asciiName(label)}”`;
}
