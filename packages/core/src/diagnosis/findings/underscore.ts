import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';

export const underscore: FindingRule = rule({
  code: 'underscore',
  severity: 'note',
  title: 'The name has an underscore',
  find: ({ reference }) =>
    reference?.kind === 'dns' && reference.value.includes('_') ? { name: reference.value } : null,
  message: ({ name }) =>
    `${printable(name)} has an underscore: Node matches it, but it is no host name (RFC 952), public CAs do not issue for it and some servers and proxies refuse it.`,
  fixes: () => [],
});
