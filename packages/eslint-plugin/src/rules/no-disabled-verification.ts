import type { Rule } from 'eslint';
import { switches, processSwitch } from '../clients/switches.ts';
import { defineRule, type Problem, type Suggestion } from '../rule.ts';
import { parentOf } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';
import { processSwitchedOff } from '../verification/environment.ts';
import { isInline, optionsSwitchedOff, type SwitchedOff } from '../verification/options.ts';

type Message =
  'always' | 'environment' | 'byDefault' | 'condition' | 'loose' | 'process' | 'verify' | 'removeSwitch';

interface Options {
  /** `environment`: what the file itself, its defaults or the environment decide. `any`: every other condition too. */
  readonly conditions: 'environment' | 'any';
}

const instead =
  'Name the issuer as `ca` and the server as `servername`, or pass over one known fault with `tolerate` of @altname/client.';

export const noDisabledVerification: Rule.RuleModule = defineRule<Message, Options>({
  name: 'no-disabled-verification',
  description: 'Verification of a server is not switched off, by any option, variable, command or default.',
  words: [...switches.map(({ key }) => key), processSwitch],
  messages: {
    always: `\`{{text}}\` switches verification off: whoever answers is believed. ${instead}`,
    environment: `\`{{text}}\` switches verification off where the environment ({{variables}}) says so, or says nothing. ${instead}`,
    byDefault: `\`{{text}}\` leaves verification off unless told otherwise. Let it be on by default. ${instead}`,
    condition: `\`{{text}}\` can switch verification off. ${instead}`,
    loose:
      '`{{text}}` is falsy but not `false`: Node verifies, and other clients do not. Leave it out, or write `true`.',
    process: `${processSwitch}=0 switches verification off for every connection of the process. ${instead}`,
    verify: 'Verify: `{{key}}: {{on}}`',
    removeSwitch: 'Take the switch out',
  },
  suggestions: ['verify', 'removeSwitch'],
  schema: [
    {
      type: 'object',
      properties: { conditions: { enum: ['environment', 'any'] } },
      additionalProperties: false,
    },
  ],
  options: { conditions: 'environment' },
  *check(file, options) {
    for (const found of optionsSwitchedOff(file)) {
      if (found.when !== 'condition' || options.conditions === 'any') yield ofOption(file, found);
    }
    for (const node of processSwitchedOff(file)) {
      const statement = parentOf(node);
      const suggest: Suggestion<Message>[] =
        statement?.type === 'ExpressionStatement'
          ? [{ message: 'removeSwitch', fix: (fixer) => fixer.remove(statement) }]
          : [];
      yield { node, message: 'process', suggest };
    }
  },
});

const messageOf = {
  always: 'always',
  environment: 'environment',
  default: 'byDefault',
  condition: 'condition',
} as const;

function ofOption(
  file: SourceFile,
  { node, value, option, when, isLoose, variables }: SwitchedOff,
): Problem<Message> {
  const on = String(!option.off);
  return {
    node,
    message: isLoose ? 'loose' : messageOf[when],
    data: { text: shortened(file.textOf(node)), variables: [...new Set(variables)].join(', ') },
    suggest: isInline(value)
      ? [{ message: 'verify', data: { key: option.key, on }, fix: (fixer) => fixer.replaceText(value, on) }]
      : [],
  };
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}
