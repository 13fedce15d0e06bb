import { insecureFlagMarks } from 'eslint-plugin-altname/text';
import { settingMarks } from './setting.ts';

/** Whether a text can hold a command or a setting that is wrong. Nothing is parsed. */
export function mayConcern(text: string): boolean {
  return settingMarks.test(text) || insecureFlagMarks.test(text);
}

/** What is hardly written but to verify less: a flag, a key, a variable with its value. */
const suspicious =
  /REJECT_UNAUTHORIZED\W{1,4}0|SSL_NO_VERIFY|\bcurl\b[^\n|;&]* -[A-Za-z]*k|--(?:proxy-)?insecure\b|-skip-(?:tls-)?verify|no-check-certificate|insecure_?[sS]kip\w*:\s*["']?true|[sS]kip_?[vV]erify\w*:\s*["']?true|AllowInvalid|tls-verify=false|sslVerify[= ]+false|strict-ssl[= ]+false|no-verify/;

/** Whether a text that could not be parsed looks as if something were wrong in it. */
export function isSuspicious(text: string): boolean {
  return suspicious.test(text);
}
