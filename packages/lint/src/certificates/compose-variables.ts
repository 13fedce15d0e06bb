/**
 * A value of a compose file with its variables filled in:
 *
 * | text                                                | value                                             |
 * |-----------------------------------------------------|---------------------------------------------------|
 * | `$$`                                                | `$`                                               |
 * | `$NAME` `${NAME}` `${NAME:?…}`                      | of the `.env` file beside; unknown without        |
 * | `${NAME:-default}` `${NAME-default}`                | that, else `default`                              |
 * | `${NAME:+…}`, one in another                        | unknown                                           |
 *
 * @returns null where the file does not say
 */
export function interpolated(text: string, variables: ReadonlyMap<string, string>): string | null {
  if (!text.includes('$')) return text;
  let isKnown = true;
  const value = text.replace(
    /\$(?:(\$)|\{([A-Za-z_]\w*)(?:(:?[-?])([^{}]*))?([^{}]*)\}|([A-Za-z_]\w*))/g,
    (
      _,
      dollar?: string,
      braced?: string,
      sign?: string,
      fallback?: string,
      rest?: string,
      plain?: string,
    ): string => {
      if (dollar !== undefined) return '$';
      const set = variables.get(braced ?? plain ?? '');
      if (rest !== undefined && rest !== '') isKnown = false;
      else if (set !== undefined && (set !== '' || sign?.startsWith(':') !== true)) return set;
      else if (sign?.endsWith('-') === true) return fallback ?? '';
      else isKnown = false;
      return '';
    },
  );
  return isKnown && !value.includes('${') ? value : null;
}
