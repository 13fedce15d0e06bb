import { rule, type FindingRule } from '../rule.ts';
import { switchOf, verifyAgain } from '../verification-switch.ts';

export const verificationDisabled: FindingRule = rule({
  code: 'verification-disabled',
  severity: 'warning',
  title: 'Verification is switched off, and hides nothing',
  find: (view) => {
    const by = switchOf(view);
    return by === null || by.identityOnly || !by.hidesNothing ? null : { switch: by.text, place: by.place };
  },
  message: ({ switch: by, place }) =>
    `Verification is switched off by ${by}${place}, which hides nothing here: Node would accept this certificate, so it can go today.`,
  fixes: (view) => {
    const by = switchOf(view);
    return by === null ? [] : [verifyAgain(view, by)];
  },
});
