import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { clockSuspect } from './clock-suspect.ts';

export const expired: FindingRule = rule({
  code: 'expired',
  severity: 'error',
  title: 'A certificate of the chain has expired',
  find: ({ chain, path, now, chainError }) => {
    const members = [...chain, ...path];
    const at = members.findIndex(({ notAfter }) => notAfter !== null && Date.parse(notAfter) < now);
    const member = members[at];
    // An expired certificate that the chain does not need is not what Node refuses.
    if (member === undefined || member.notAfter === null || (at > 0 && chainError === null)) return null;
    return {
      subject: member.subject.text,
      notAfter: member.notAfter,
      days: Math.floor((now - Date.parse(member.notAfter)) / 86_400_000),
      leaf: at === 0,
    };
  },
  message: ({ subject, notAfter, days, leaf }) =>
    `${leaf ? 'The certificate' : `The chain's certificate ${printable(subject, 80)}`} expired on ${notAfter.slice(0, 10)}, ${days === 0 ? 'less than a day' : `${days} ${days === 1 ? 'day' : 'days'}`} ago.`,
  fixes: (view, { leaf }) =>
    clockSuspect.find(view) !== null
      ? []
      : [
          {
            who: 'server',
            sure: 'certain',
            title: leaf
              ? 'renew the certificate, and reload the server so that it presents the new one'
              : 'send the current intermediate instead of the expired one',
          },
        ],
});
