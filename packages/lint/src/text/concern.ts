import { insecureFlagMarks } from 'eslint-plugin-altname/text';
import { settingMarks } from './setting.ts';

/** Whether a text can hold a command or a setting that is wrong. Nothing is parsed. */
export function mayConcern(text: string): boolean {
  return settingMarks.test(text) || insecureFlagMarks.test(text);
}
