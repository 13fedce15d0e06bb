import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { clockSuspect } from './clock-suspect.ts';

export const notYetValid: FindingRule = rule({
  code: 'not-yet-valid',
  severity: 'error',
  title: 'A certificate of the chain is not valid yet',
  find: ({ chain, path, now, chainError }) => {
    const members = [...chain, ...path];
    const at = members.findIndex(({ notBefore }) => notBefore !== null && Date.parse(notBefore) > now);
    const member = members[at];
    if (member === undefined || member.notBefore === null || (at > 0 && chainError === null)) return null;
    return {
      subject: member.subject.text,
      notBefore: member.notBefore,
      clock: new Date(now).toISOString(),
      leaf: at === 0,
    };
  },
  message: ({ subject, notBefore, clock, leaf }) =>
    `${leaf ? 'The certificate' : `The chain's certificate ${printable(subject, 80)}`} is valid only from ${notBefore.slice(0, 16)}Z on; the clock here says ${clock.slice(0, 16)}Z.`,
  fixes: (view) =>
    clockSuspect.find(view) !== null
      ? []
      : [
          {
            who: 'issuer',
            sure: 'likely',
            title: 'wait until it is valid, or issue it with an earlier notBefore',
          },
          {
            who: 'client',
            sure: 'likely',
            title: 'check the clock of the client, and that of the machine that issued it',
          },
        ],
});
