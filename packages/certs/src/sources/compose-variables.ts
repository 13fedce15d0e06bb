/**
 * A value of a Compose file with its variables filled in from what the file itself says:
 *
 * | text                            | value                            |
 * |---------------------------------|----------------------------------|
 * | `$$`                            | `$`                              |
 * | `${NAME:-default}` `${NAME-default}` | `default`                   |
 * | `$NAME` `${NAME}` `${NAME:?…}` `${NAME:+…}` | unknown: the environment decides |
 *
 * @returns `unknown` is the first variable that has no default; the value is of no use then
 */
export function interpolated(text: string): { readonly value: string; readonly unknown: string | null } {
  let unknown: string | null = null;
  const value = text.replace(
    /\$(?:(\$)|\{([A-Za-z_]\w*)(?::?-([^{}]*))?([^{}]*)\}|([A-Za-z_]\w*))/g,
    (_, dollar: string, braced: string, fallback: string | undefined, rest: string, plain: string) => {
      if (dollar !== undefined) return '$';
      if (fallback !== undefined && rest === '') return fallback;
      unknown ??= braced ?? plain;
      return '';
    },
  );
  return { value, unknown };
}
