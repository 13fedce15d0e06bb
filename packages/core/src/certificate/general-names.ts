import { DerReader, malformed } from './der.ts';
import { walkName } from './distinguished-name.ts';

/**
 * Walks what a GeneralNames holds (RFC 5280 §4.2.1.6), to its end: one entry or more.
 *
 * The value of a dNSName, iPAddress, email or URI is not judged here: one that is malformed is ignored alone. But an
 * entry that is no GeneralName makes the whole extension malformed, for nobody can say what its issuer meant.
 *
 * @throws {AltnameError} when an entry is no GeneralName
 */
export function walkGeneralNames(entries: DerReader): void {
  do {
    const tag = entries.next();
    if (tag !== dnsName) walkGeneralName(tag, entries);
  } while (!entries.done);
}

const dnsName = 0x82;

function walkGeneralName(tag: number, entries: DerReader): void {
  switch (tag) {
    case 0x81: // rfc822Name
    case 0x86: // uniformResourceIdentifier
    case 0x87: // iPAddress
      return;
    case 0x88: // registeredID
      entries.checkOid();
      return;
    case 0xa0: {
      // otherName: an object identifier, and one value behind [0]
      const inside = entries.enter();
      inside.expectOid();
      const outer = inside.into(0xa0);
      inside.next();
      inside.out(outer);
      inside.finish();
      return;
    }
    case 0xa4: {
      // directoryName
      const inside = entries.enter();
      walkName(inside);
      inside.finish();
      return;
    }
    case 0xa3: // x400Address
    case 0xa5: {
      // ediPartyName
      const inside = entries.enter();
      while (!inside.done) inside.next();
      return;
    }
    default:
      throw malformed(entries.start, 'an entry that is no name');
  }
}
