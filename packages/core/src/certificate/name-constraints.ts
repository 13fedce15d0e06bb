import { DerReader, malformed } from './der.ts';
import { walkName } from './distinguished-name.ts';

/** A subtree of a name constraint (RFC 5280 §4.2.1.10). */
export interface Subtree {
  readonly kind: 'dns' | 'ip' | 'directory' | 'email' | 'uri' | 'other';
  /**
   * A DNS suffix, or that of an email or URI; `address/mask` as octets in hexadecimal; the octets of a directory name
   * in hexadecimal; for `other`, tag and octets in hexadecimal.
   */
  readonly value: string;
}

/** What a CA may issue for. Applies to each kind of name apart: no subtree of a kind, no limit of that kind. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/** Reads the content of a nameConstraints extension. @throws {AltnameError} when it is malformed. */
export function readNameConstraints(content: Uint8Array): NameConstraints {
  const reader = new DerReader(content);
  const outer = reader.into(0x30);
  if (reader.done) throw malformed(reader.at, 'empty name constraints');
  const permitted = reader.sees(0xa0) ? readSubtrees(reader, 0xa0) : [];
  const excluded = reader.sees(0xa1) ? readSubtrees(reader, 0xa1) : [];
  reader.out(outer);
  reader.finish();
  return { permitted, excluded };
}

function readSubtrees(reader: DerReader, tag: number): Subtree[] {
  const subtrees: Subtree[] = [];
  const outer = reader.into(tag);
  do {
    const end = reader.into(0x30);
    subtrees.push(readSubtree(reader));
    // RFC 5280: minimum is 0, maximum absent. Anything else has no meaning that verifiers agree on.
    if (reader.sees(0x80)) {
      reader.next();
      if (reader.hex() !== '00') throw malformed(reader.start, 'a minimum that is not 0');
    }
    reader.out(end);
  } while (!reader.done);
  reader.out(outer);
  return subtrees;
}

function readSubtree(reader: DerReader): Subtree {
  const tag = reader.next();
  const { start, stop } = reader;
  switch (tag) {
    case 0x82:
      return { kind: 'dns', value: constraintText(reader) };
    case 0x81:
      return { kind: 'email', value: constraintText(reader) };
    case 0x86:
      return { kind: 'uri', value: constraintText(reader) };
    case 0x87:
      checkAddressRange(reader.content(), start);
      return { kind: 'ip', value: reader.hex() };
    case 0xa4: {
      const value = reader.hex();
      const inside = new DerReader(reader.bytes, start, stop);
      walkName(inside);
      inside.finish();
      return { kind: 'directory', value };
    }
    default:
      return { kind: 'other', value: tag.toString(16).padStart(2, '0') + reader.hex() };
  }
}

/** A name to compare with; `*` has no meaning in a constraint, and nothing beyond printable ASCII is in a name. */
function constraintText(reader: DerReader): string {
  const text = reader.latin1();
  if (!/^[!-)+-~]*$/.test(text)) throw malformed(reader.start, 'a constraint that is no name');
  return text;
}

/** 4 or 16 octets, and a mask as long that is ones followed by zeros (RFC 4632 §3.1). */
function checkAddressRange(range: Uint8Array, at: number): void {
  if (range.length !== 8 && range.length !== 32) throw malformed(at, 'an address range of wrong length');
  const bits = [...range.subarray(range.length / 2)]
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  if (!/^1*0*$/.test(bits)) throw malformed(at, 'an address mask with a gap');
}
