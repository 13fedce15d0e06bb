/**
 * A value as one line of JSON that can be printed: what a terminal would obey, and what hides or reorders text, stands
 * as `\u` escapes.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, escape);
}

// JSON escapes C0 by itself; U+E0000 to U+E007F are surrogates in UTF-16.
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

function escape(text: string): string {
  return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
