import { rules } from './plugin.ts';

export { insecureWord } from './verification/connection-strings.ts';
export {
  insecureFlag,
  insecureFlagMarks,
  programName,
  type InsecureFlag,
} from './verification/insecure-flags.ts';

/** Whether a rule can have something to say of a text: it has the words of one. Nothing is parsed. */
export function concerns(text: string): boolean {
  return Object.values(rules).some((rule) => rule.concerns(text));
}
