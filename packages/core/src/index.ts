export { AltnameError, type AltnameErrorCode } from './error.ts';
export {
  parseIdentifier,
  readIdentifier,
  type DnsIdentifier,
  type Identifier,
  type IpIdentifier,
} from './names/identifier.ts';
export {
  checkServerIdentity,
  type PeerCertificateLike,
  type ServerIdentityError,
} from './certificate/check-server-identity.ts';
export { matchName, type NameMatch } from './names/match.ts';
export { type Mismatch, type MismatchReason } from './names/mismatch.ts';
export {
  type OtherName,
  type PresentedIdentifier,
  type PresentedNames,
  type SanState,
} from './names/presented.ts';
export { addressOctets, addressText } from './names/ip.ts';
export { nearestWord } from './names/edit-distance.ts';
export { printable } from './names/printable.ts';
export { publicSuffixes } from './names/public-suffixes.ts';
export {
  readCertificate,
  readCertificates,
  type Certificate,
  type CertificateFacts,
} from './certificate/certificate.ts';
export { type DistinguishedName, type NameAttribute } from './certificate/distinguished-name.ts';
export { type BasicConstraints } from './certificate/extensions.ts';
export {
  forbiddenInChain,
  type ForbiddenInChain,
  type ForbiddenName,
} from './certificate/forbidden-names.ts';
export { type NameConstraints, type Subtree } from './certificate/name-constraints.ts';
export { type PublicKeyFacts } from './certificate/public-key.ts';
export { check } from './check.ts';
export { probe } from './probe/probe.ts';
export { parseTarget, shownTarget, type Target } from './probe/target.ts';
export { diagnose } from './diagnosis/diagnose.ts';
export { catalogue, type CatalogueEntry } from './diagnosis/entries.ts';
export { startTlsProtocols, type ProbeOptions, type StartTls } from './probe/options.ts';
export { findingGroups, type FindingCode } from './diagnosis/catalogue.ts';
export { type Diagnosis, type Verdict } from './diagnosis/diagnosis.ts';
export {
  type AppFacts,
  type Attempt,
  type ChosenName,
  type ErrorFacts,
  type Evidence,
  type Origin,
  type Outcome,
  type SixNames,
  type Verification,
} from './diagnosis/evidence.ts';
export { errorFacts, failureOutcome, isChainVerdict } from './diagnosis/failure.ts';
export { hostOfHeader } from './names/host-header.ts';
export { clientNames, clientProfiles } from './diagnosis/clients/index.ts';
export { type ClientProfile, type RecipeValues, type TrustValues } from './diagnosis/clients/profile.ts';
export { type ClientName } from './diagnosis/evidence.ts';
export { explainError, type ExplainErrorOptions } from './explain-error.ts';
export { explainText } from './explain/explain.ts';
export {
  type Explanation,
  type ExplanationCertainty,
  type FailureFamily,
  type PossibleCause,
} from './explain/explanation.ts';
export { FailureReader } from './explain/failure-reader.ts';
export { findingNotes, type FindingNote } from './explain/finding-notes.ts';
export { formatExplanation, formatFinding, formatNodeError } from './report/explanation.ts';
export { findNodeError, nodeErrors, type NodeError } from './explain/node-errors.ts';
export { type Finding, type Fix, type Severity } from './diagnosis/diagnosis.ts';
export { exitCodeOf, type ExitCode } from './report/exit.ts';
export { formatGithub } from './report/github.ts';
export { formatJson } from './report/json.ts';
export { jsonText } from './report/json-text.ts';
export { formatLine } from './report/line.ts';
export { formatMatch } from './report/match.ts';
export { formatNagios, type NagiosOptions, type NagiosResult } from './report/nagios.ts';
export { formatPretty } from './report/pretty.ts';
export { type StyleOptions } from './report/style.ts';
export { formatSummary } from './report/summary.ts';
