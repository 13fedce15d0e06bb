import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { jsonText } from './json-text.ts';

/**
 * A diagnosis as one line of JSON: the contract of `docs/diagnosis.schema.json`. Within a version, keys are only added.
 *
 * Characters that a terminal would obey, and those that hide or reorder text, are `\u` escapes: the data is the same,
 * and the line can be printed.
 */
export function formatJson(diagnosis: Diagnosis): string {
  const { version, target, verdict, names, cause, findings, fixes, attempts, node, ...more } = diagnosis;
  const ordered = { version, target, verdict, names, cause, findings, fixes, attempts, node, ...more };
  return jsonText(ordered);
}
