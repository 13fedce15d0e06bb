import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const acceptedOnlyByNode: FindingRule = rule({
  code: 'accepted-only-by-node',
  severity: 'error',
  title: 'Node accepts the name, the standard does not',
  find: ({ match, nameError, shown, evidence, verdict }) =>
    shown === null || match?.matches !== false || nameError !== null || verdict === 'unreachable'
      ? null
      : { name: evidence.names.checked.value ?? '', version: evidence.node.version },
  message: ({ name, version }) =>
    `Node ${version} accepts the certificate for ${printable(name)}; by RFC 9525 no name on it matches, and stricter clients, such as Go, refuse it.`,
  fixes: (_view, { name }) => [issueFor([name])],
});
