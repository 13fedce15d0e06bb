export { AltnameError, type AltnameErrorCode } from './error.ts';
export {
  parseIdentifier,
  type DnsIdentifier,
  type Identifier,
  type IpIdentifier,
} from './names/identifier.ts';
export {
  checkServerIdentity,
  type PeerCertificateLike,
  type ServerIdentityError,
} from './names/check-server-identity.ts';
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
export { type ProbeOptions, type StartTls } from './probe/options.ts';
export { findingGroups, type FindingCode } from './diagnosis/catalogue.ts';
export { type Diagnosis, type Verdict } from './diagnosis/diagnosis.ts';
export { type Attempt, type Evidence } from './diagnosis/evidence.ts';
export { clientNames, clientProfiles } from './diagnosis/clients/index.ts';
export { type ClientProfile, type RecipeValues, type TrustValues } from './diagnosis/clients/profile.ts';
export { type ClientName } from './diagnosis/evidence.ts';
export { explainText } from './explain/explain.ts';
export {
  type Explanation,
  type ExplanationCertainty,
  type FailureFamily,
  type PossibleCause,
} from './explain/explanation.ts';
export { FailureReader } from './explain/failure-reader.ts';
export { findNodeError, nodeErrors, type NodeError } from './explain/node-errors.ts';
