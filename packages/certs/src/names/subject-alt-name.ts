import * as x509 from '../x509.ts';
import type { WantedName } from './wanted-name.ts';

/** The subjectAltName with each name in its kind: never an address as dNSName (RFC 5280 §4.2.1.6). */
export function subjectAltName(names: readonly WantedName[], critical: boolean): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(
    names.map(({ kind, value }) => ({ type: kind, value }) as const),
    critical,
  );
}
