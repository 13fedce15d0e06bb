export { AltnameError, type AltnameErrorCode } from './error.ts';
export {
  parseIdentifier,
  type DnsIdentifier,
  type Identifier,
  type IpIdentifier,
} from './names/identifier.ts';
export { matchName, type NameMatch } from './names/match.ts';
export { type Mismatch, type MismatchReason } from './names/mismatch.ts';
export {
  type OtherName,
  type PresentedIdentifier,
  type PresentedNames,
  type SanState,
} from './names/presented.ts';
export { printable } from './names/printable.ts';
export {
  readCertificate,
  readCertificates,
  type Certificate,
  type CertificateFacts,
} from './certificate/certificate.ts';
export { type DistinguishedName, type NameAttribute } from './certificate/distinguished-name.ts';
export { type BasicConstraints } from './certificate/extensions.ts';
export { type ForbiddenName, type NameConstraints, type Subtree } from './certificate/name-constraints.ts';
export { type PublicKeyFacts } from './certificate/public-key.ts';
