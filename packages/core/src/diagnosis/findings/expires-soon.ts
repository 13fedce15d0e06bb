import { rule, type FindingRule } from '../rule.ts';

const day = 86_400_000;

export const expiresSoon: FindingRule = rule({
  code: 'expires-soon',
  severity: 'warning',
  title: 'The certificate expires soon',
  find: ({ leaf, now }) => {
    if (leaf === null || leaf.notAfter === null || leaf.notBefore === null) return null;
    const end = Date.parse(leaf.notAfter);
    // 14 days, but a quarter of the lifetime for certificates that live for weeks or days.
    const soon = Math.min(14 * day, (end - Date.parse(leaf.notBefore)) / 4);
    return end >= now && end - now <= soon
      ? { notAfter: leaf.notAfter, days: Math.floor((end - now) / day) }
      : null;
  },
  message: ({ notAfter, days }) =>
    `The certificate expires on ${notAfter.slice(0, 10)}, ${days === 0 ? 'in less than a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`}.`,
  fixes: () => [
    { who: 'server', sure: 'likely', title: 'renew it now, and find out why it was not renewed by itself' },
  ],
});
