/**
 * A value as JSON that can be printed: what a terminal would obey, and what hides or reorders text, stands as `\\u`
 * escapes. JSON escapes C0 by itself.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(unprintable, escape);
}

const unprintable = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu;

function escape(sign: string): string {
  return sign.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
