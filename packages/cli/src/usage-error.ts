/**
 * The command was called wrongly: one line that names the input and says what was expected, and exit code 2.
 * A hint is a second line.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
