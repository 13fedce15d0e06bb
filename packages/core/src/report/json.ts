import type { Diagnosis } from '../diagnosis/diagnosis.ts';

/**
 * A diagnosis as one line of JSON: the contract of `docs/diagnosis.schema.json`. Within a version, keys are only added.
 *
 * Characters that a terminal would obey, and those that hide or reorder text, are `\u` escapes: the data is the same,
 * and the line can be printed.
 */
export function formatJson(diagnosis: Diagnosis): string {
  const { version, target, verdict, names, cause, findings, fixes, attempts, node, ...more } = diagnosis;
  const ordered = { version, target, verdict, names, cause, findings, fixes, attempts, node, ...more };
  return JSON.stringify(ordered).replace(unprintable, escape);
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
