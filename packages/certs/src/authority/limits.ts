import { addressText, type Certificate } from '@altname/core';
import { developmentSubtrees, parseSubtree, subtreeText } from './subtree.ts';

/** What the name constraints of a CA's certificate permit. */
interface Limits {
  /** Domains, and ranges as `address/prefix`. */
  readonly permitted: readonly string[];
  /** Why the certificate is not held to what development needs and to domains of its own; null when it is. */
  readonly problem: string | null;
}

/**
 * Reads what a CA may sign for, and whether that is a limit at all: without a subtree of a kind, names of that kind are
 * not limited (RFC 5280 §4.2.1.10), and domains under which strangers have names are none.
 */
export function limitsOf({ nameConstraints }: Certificate): Limits {
  if (nameConstraints === null) return { permitted: [], problem: 'it may sign for any name' };
  if (nameConstraints === 'malformed')
    return { permitted: [], problem: 'its name constraints cannot be read' };
  const subtrees = nameConstraints.permitted;
  const permitted = subtrees.map(subtreeOf);
  for (const [kind, names] of [
    ['dns', 'domain'],
    ['ip', 'address'],
  ] as const) {
    if (!subtrees.some((subtree) => subtree.kind === kind))
      return { permitted, problem: `it may sign for any ${names}` };
  }
  const wide = permitted.find((text) => !usual.has(text) && !isNarrow(text));
  return { permitted, problem: wide === undefined ? null : `it may sign for "${wide}", where strangers are` };
}

/** Whether no certificate below a CA may have a subject: see `permittedWithoutSubject`. */
export function forbidsSubjects({ nameConstraints }: Certificate): boolean {
  if (nameConstraints === null || nameConstraints === 'malformed') return false;
  return nameConstraints.excluded.some(({ kind, value }) => kind === 'directory' && value === '3000');
}

const usual: ReadonlySet<string> = new Set(developmentSubtrees.map(subtreeText));

function isNarrow(text: string): boolean {
  try {
    return text !== '' && subtreeText(parseSubtree(text)) === text;
  } catch {
    return false;
  }
}

/** A domain as it stands; of a range, an address and a mask of the same length in hexadecimal. */
function subtreeOf({ kind, value }: { readonly kind: string; readonly value: string }): string {
  if (kind !== 'ip') return kind === 'dns' ? value : `${kind}:${value}`;
  const octets = Buffer.from(value, 'hex');
  const [base, mask] = [octets.subarray(0, octets.length / 2), octets.subarray(octets.length / 2)];
  const prefix = [...mask].reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0);
  return `${addressText(base) ?? value}/${prefix}`;
}
