export { openAuthority, type Authority, type OpenAuthorityOptions } from './authority/authority.ts';
export { outsideAuthority, type OutsideAuthority } from './authority/outside-authority.ts';
export { caDirectory } from './authority/ca-directory.ts';
export { type KeyType } from './authority/key-pair.ts';
export { developmentSubtrees, parseSubtree, subtreeText, type Subtree } from './authority/subtree.ts';
export {
  developmentCertificate,
  type DevelopmentCertificate,
  type DevelopmentCertificateOptions,
} from './development/development-certificate.ts';
export { issueLeaf, mostDays, usualDays, type IssueLeafOptions, type Leaf } from './leaf/issue-leaf.ts';
export { type Layout, type LeafFiles } from './leaf/layout.ts';
export { forgetLeaf, makeLeaf, renewLeaf, type MadeLeaf, type MakeLeafOptions } from './leaf/make-leaf.ts';
export { pkcs12Password } from './leaf/pkcs12.ts';
export { readRecords, type LeafRecord } from './leaf/record.ts';
export { distinct, parseWantedName, sanText, type WantedName } from './names/wanted-name.ts';
export { nodeExtraRoots, type NodeExtraRoots } from './trust/node-extra-roots.ts';
export { nodeSystemRoots, type NodeSystemRoots } from './trust/node-roots.ts';
export { nodeSettings, type NodeSetting, type NodeSettingPlace } from './trust/node-settings.ts';
export { proveTrust, type ProveTrustOptions, type TrustProof } from './trust/prove-trust.ts';
export { readTrustRoot, type TrustRoot } from './trust/trust-root.ts';
export { shellWord } from './trust/step.ts';
export { storeNames, type StoreName } from './trust/trust-store.ts';
export { trustRoot, untrustRoot, type StoreOutcome, type TrustOptions } from './trust/trust.ts';
export {
  diffCertificates,
  type CertificateDiff,
  type CertificateDiffOptions,
} from './diff/certificate-diff.ts';
export { type RotationChange, type RotationChangeCode } from './diff/rotation-change.ts';
export { type NameChange } from './diff/name-changes.ts';
export { issuanceCommands, type IssuanceCommand, type RequestFiles } from './request/issuance-commands.ts';
export { publicIssuance, type PublicIssuance } from './request/public-issuance.ts';
export { requestFiles, writeRequestFiles } from './request/request-files.ts';
export {
  makeSigningRequest,
  type SigningRequest,
  type SigningRequestOptions,
} from './request/signing-request.ts';
export {
  coverWithWildcards,
  type CoveringWildcard,
  type WildcardCover,
  type WildcardCoverOptions,
} from './request/wildcard-cover.ts';
export { missingFrom } from './sources/missing-from.ts';
export { type NameInUse, type SeenUse } from './sources/name-in-use.ts';
export { namesFrom, namesFromFile, type NamesFromOptions, type SourceKind } from './sources/names-from.ts';
export { neededNames, type NeededNames } from './sources/needed-names.ts';
export {
  serverContext,
  type ServedCertificate,
  type ServerContext,
  type ServerTlsOptions,
} from './server/server-context.ts';
export type { ServerContextOptions, TlsSettings } from './server/server-context-options.ts';
export type { ServerProblem, ServerProblemCode } from './server/server-problem.ts';
export type { ReloadedCertificates } from './server/certificate-shelf.ts';
