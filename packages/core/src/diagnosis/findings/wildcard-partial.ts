import { foldAscii } from '../../names/presented.ts';
import { printable } from '../../names/printable.ts';
import { issueFor } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';

export const wildcardPartial: FindingRule = rule({
  code: 'wildcard-partial',
  severity: 'error',
  title: 'The wildcard is only a part of its label',
  find: ({ reference, mismatches }) => {
    if (reference?.kind !== 'dns') return null;
    const near = mismatches.find(
      ({ reason, presented }) =>
        reason === 'wildcard-partial' && covers(foldAscii(presented.value), reference.value),
    );
    return near === undefined ? null : { presented: near.presented.value, name: reference.value };
  },
  message: ({ presented, name }) =>
    `${printable(presented)} would cover ${printable(name)} only if “*” could be a part of a label, which RFC 9525 §6.3 forbids; some Node versions accept it, browsers, curl and Go do not.`,
  fixes: (_view, { name }) => {
    const base = name.split('.').slice(1);
    const whole = issueFor([`*.${base.join('.')}`]);
    return [
      issueFor([name]),
      // A wildcard needs two labels after it: see wildcard-too-broad.
      ...(base.length < 2 ? [] : [{ ...whole, title: `or ${whole.title}` }]),
    ];
  },
});

/** Whether the one `*` in the left-most label would do, were it allowed there. */
function covers(presented: string, name: string): boolean {
  const star = presented.indexOf('*');
  const dot = presented.indexOf('.');
  const nameDot = name.indexOf('.');
  if (star > dot || name.slice(nameDot) !== presented.slice(dot)) return false;
  const label = name.slice(0, nameDot);
  return (
    label.length >= dot - 1 &&
    label.startsWith(presented.slice(0, star)) &&
    label.endsWith(presented.slice(star + 1, dot))
  );
}
