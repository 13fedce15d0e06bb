/** Every code an {@link AltnameError} can carry. Codes are stable once released. */
export type AltnameErrorCode =
  | 'ALTNAME_BAD_IDENTIFIER'
  | 'ALTNAME_BAD_CERTIFICATE'
  | 'ALTNAME_BAD_TARGET'
  | 'ALTNAME_BAD_OPTION'
  | 'ALTNAME_BAD_EVIDENCE'
  /** The environment does not describe a connection; one line of the message for each mistake. */
  | 'ALTNAME_BAD_ENVIRONMENT'
  /** What is for development alone was asked for where NODE_ENV is `production`. */
  | 'ALTNAME_NOT_IN_PRODUCTION'
  /** A fault was to be tolerated after its last day. */
  | 'ALTNAME_TOLERATION_OVER'
  /** A local CA, or a certificate it shall make, cannot be what was asked for. */
  | 'ALTNAME_BAD_AUTHORITY'
  /** A file that altname did not make is in the way. */
  | 'ALTNAME_FILE_IN_THE_WAY';

/**
 * The one error class of altname: the input was not what was expected.
 *
 * `message` is one line that names the input and says what was expected. Match on `code`, not on the text.
 */
export class AltnameError extends Error {
  override readonly name = 'AltnameError';
  readonly code: AltnameErrorCode;

  constructor(code: AltnameErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
