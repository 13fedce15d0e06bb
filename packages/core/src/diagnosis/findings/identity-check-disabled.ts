import { rule, type FindingRule } from '../rule.ts';
import { switchOf, verifyAgain } from '../verification-switch.ts';

export const identityCheckDisabled: FindingRule = rule({
  code: 'identity-check-disabled',
  severity: 'warning',
  title: 'The name on the certificate is not compared',
  find: (view) => {
    const by = switchOf(view);
    return by === null || !by.identityOnly || !by.hidesNothing ? null : { switch: by.text, place: by.place };
  },
  message: ({ switch: by, place }) =>
    `Any trusted certificate would do${place}, because of ${by}; that hides nothing here: the name fits, and can be compared from today.`,
  fixes: (view) => {
    const by = switchOf(view);
    return by === null ? [] : [verifyAgain(view, by)];
  },
});
