import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const refusedOnlyByThisNode: FindingRule = rule({
  code: 'refused-only-by-this-node',
  severity: 'error',
  title: 'The certificate fits, but this Node refuses it',
  find: ({ match, nameError, evidence }) =>
    match?.matches !== true || nameError === null
      ? null
      : { name: evidence.names.checked.value ?? '', by: match.by.value, version: evidence.node.version },
  message: ({ name, by, version }) =>
    `The certificate fits ${printable(name)} (by ${printable(by)}); that Node ${version} refuses it is a fault of that version.`,
  fixes: () => [{ who: 'client', sure: 'likely', title: 'run it on another Node version' }],
});
