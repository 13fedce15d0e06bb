import type * as ESTree from 'estree';
import { identityCheckOf, type IdentityCheck } from '../identity/identity-check.ts';
import { isExpected } from '../source/expectations.ts';
import { objectOf } from '../clients/server-side.ts';
import type { Node } from '../source/node.ts';
import { defineRule, type DefinedRule } from '../rule.ts';

type Message = 'never' | 'promise' | 'environment' | 'guarded';

interface Options {
  /** Whether a check that only passes over the name outside of production is told too. */
  readonly allowOutsideProduction: boolean;
}

const instead =
  'To expect another name, set `servername`, or give `expectName(name).tls` of @altname/client; to pass over one fault outside of production, `tolerate`.';

const key = 'checkServerIdentity';

export const noDisabledIdentityCheck: DefinedRule = defineRule<Message, Options>({
  name: 'no-disabled-identity-check',
  description: 'A `checkServerIdentity` looks at the name, and not only where the environment lets it.',
  words: [key],
  messages: {
    never: `This \`${key}\` finds every name right: a certificate of any other host is taken for this one. ${instead}`,
    promise: `This \`${key}\` gives back a promise, which Node takes for an error: every connection fails. It is called, not awaited. ${instead}`,
    environment: `This \`${key}\` passes over a wrong name where the environment says so, in production too. ${instead}`,
    guarded: `This \`${key}\` passes over a wrong name outside of production. ${instead}`,
  },
  schema: [
    {
      type: 'object',
      properties: { allowOutsideProduction: { type: 'boolean' } },
      additionalProperties: false,
    },
  ],
  options: { allowOutsideProduction: true },
  *check(file, options) {
    const told = (kind: IdentityCheck): Message | undefined => {
      if (kind === 'some' || (kind === 'guarded' && options.allowOutsideProduction)) return undefined;
      return kind;
    };
    for (const property of file.properties.get(key) ?? []) {
      if (isExpected(file, objectOf(property))) continue;
      const message = told(identityCheckOf(file, property.value as Node));
      if (message !== undefined) yield { node: property as ESTree.Property, message };
    }
    for (const write of file.writes) {
      if (write.key !== key) continue;
      const message = told(identityCheckOf(file, write.node.right));
      if (message !== undefined) yield { node: write.node, message };
    }
  },
});
