import type { ESLint, Linter, Rule } from 'eslint';
import type { DefinedRule } from './rule.ts';
import { noCaReplacement } from './rules/no-ca-replacement.ts';
import { noDisabledIdentityCheck } from './rules/no-disabled-identity-check.ts';
import { noDisabledVerification } from './rules/no-disabled-verification.ts';
import { noHostHeaderAsServername } from './rules/no-host-header-as-servername.ts';
import { noIpServername } from './rules/no-ip-servername.ts';
import { noMalformedServername } from './rules/no-malformed-servername.ts';
import { noServernameFromCertificate } from './rules/no-servername-from-certificate.ts';
import { noServernameFromRequest } from './rules/no-servername-from-request.ts';
import { optionInWrongPlace } from './rules/option-in-wrong-place.ts';

/** Every rule, by its name. */
export const rules: Readonly<Record<string, DefinedRule>> = {
  'no-ca-replacement': noCaReplacement,
  'no-disabled-identity-check': noDisabledIdentityCheck,
  'no-disabled-verification': noDisabledVerification,
  'no-host-header-as-servername': noHostHeaderAsServername,
  'no-ip-servername': noIpServername,
  'no-malformed-servername': noMalformedServername,
  'no-servername-from-certificate': noServernameFromCertificate,
  'no-servername-from-request': noServernameFromRequest,
  'option-in-wrong-place': optionInWrongPlace,
};

/** What the plugin gives ESLint. Both configurations are flat: one object each, for every file that ESLint reads. */
export interface Plugin extends ESLint.Plugin {
  readonly rules: Record<string, Rule.RuleModule>;
  readonly configs: { readonly recommended: Linter.Config; readonly strict: Linter.Config };
}

const recommended: Linter.RulesRecord = Object.fromEntries(
  Object.keys(rules).map((name) => [`altname/${name}`, 'error' as const]),
);

const strict: Linter.RulesRecord = {
  ...recommended,
  'altname/no-disabled-identity-check': ['error', { allowOutsideProduction: false }],
  'altname/no-disabled-verification': ['error', { conditions: 'any' }],
  'altname/no-ip-servername': ['error', { unguarded: true }],
  'altname/option-in-wrong-place': ['error', { unknownHosts: true }],
};

const meta = { name: 'eslint-plugin-altname', version: '0.1.0', namespace: 'altname' };

export const plugin: Plugin = {
  meta,
  rules: { ...rules },
  configs: { recommended: config('recommended', recommended), strict: config('strict', strict) },
};

function config(name: string, of: Linter.RulesRecord): Linter.Config {
  return {
    name: `altname/${name}`,
    plugins: {
      // The plugin holds its configurations, and they hold the plugin.
      get altname(): Plugin {
        return plugin;
      },
    },
    rules: of,
  };
}
