/**
 * A value as JSON that can be printed: what a terminal would obey, and what hides or reorders text, stands as `\u`
 * escapes. The data is the same.
 *
 * @param indent spaces for each level; one line when not given
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(unprintable, escape);
}

// The set of `printable` beyond C0, which JSON escapes by itself, as UTF-16 units: U+E0000 to U+E007F are surrogates.
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

function escape(text: string): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) escaped += `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}
