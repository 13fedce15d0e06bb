/** Something that clients may depend on, and that is not a name. */
export interface RotationChange {
  readonly code: RotationChangeCode;
  /** `breaks`: clients refuse. `risk`: some may; the message says which. `note`: good to know. */
  readonly severity: 'breaks' | 'risk' | 'note';
  /** As it stands on the old certificate: not safe to print. Null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** What it means, in one line that can be printed. */
  readonly message: string;
}

/** Stable once released. */
export type RotationChangeCode =
  | 'same-certificate'
  | 'issuer'
  | 'root'
  | 'intermediates'
  | 'intermediate-missing'
  | 'self-signed'
  | 'name-forbidden-by-ca'
  | 'leaf-not-first'
  | 'key-type'
  | 'key-size'
  | 'public-key'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'gap'
  | 'overlap'
  | 'ends-sooner'
  | 'lifetime'
  | 'extended-key-usage'
  | 'key-usage'
  | 'must-staple'
  | 'authority'
  | 'common-name'
  | 'san-malformed';
