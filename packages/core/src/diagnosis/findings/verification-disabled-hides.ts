import { printable } from '../../names/printable.ts';
import { rule, type FindingRule } from '../rule.ts';
import { switchOf, verifyAgain } from '../verification-switch.ts';

export const verificationDisabledHides: FindingRule = rule({
  code: 'verification-disabled-hides',
  severity: 'error',
  title: 'What switches verification off hides a fault',
  find: (view) => {
    const by = switchOf(view);
    return by === null || by.hides === null
      ? null
      : { switch: by.text, place: by.place, hides: by.hides, identityOnly: by.identityOnly };
  },
  message: ({ switch: by, place, hides, identityOnly }) =>
    `The program goes on only because of ${by}${place}, which hides ${printable(hides, 100)}: ${
      identityOnly
        ? 'whoever has a trusted certificate, for whatever name, is believed.'
        : 'whoever answers is believed.'
    }`,
  fixes: (view) => {
    const by = switchOf(view);
    if (by === null) return [];
    const again = verifyAgain(view, by);
    return [{ ...again, title: `once the cause is mended, ${again.title}` }];
  },
});
