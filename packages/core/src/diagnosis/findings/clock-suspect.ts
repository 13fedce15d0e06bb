import { rule, type FindingRule } from '../rule.ts';

/** A difference in time that no network explains. */
const suspiciousSkew = 5 * 60_000;

/** altname did not exist before this day: a clock that says so is wrong. */
const firstRelease = Date.parse('2026-11-01T00:00:00Z');

export const clockSuspect: FindingRule = rule({
  code: 'clock-suspect',
  severity: 'error',
  title: 'The clock of the client looks wrong',
  find: ({ evidence, leaf, chain, path, now, chainError }) => {
    if (leaf === null || chainError === null) return null;
    const outside = (at: number): boolean =>
      [...chain, ...path].some(
        ({ notBefore, notAfter }) =>
          (notBefore !== null && at < Date.parse(notBefore)) ||
          (notAfter !== null && at > Date.parse(notAfter)),
      );
    if (!outside(now)) return null;
    const server = evidence.serverClock === null ? null : Date.parse(evidence.serverClock);
    const serverDisagrees = server !== null && Math.abs(server - now) > suspiciousSkew && !outside(server);
    const impossible = now < firstRelease;
    if (!serverDisagrees && !impossible) return null;
    return {
      clock: evidence.clock,
      serverClock: serverDisagrees ? evidence.serverClock : null,
      minutes: server === null ? null : Math.round((server - now) / 60_000),
    };
  },
  message: ({ clock, serverClock, minutes }) =>
    serverClock === null
      ? `The clock here says ${clock.slice(0, 16)}Z, a time before this program was released.`
      : `The clock here says ${clock.slice(0, 16)}Z and the server's ${serverClock.slice(0, 16)}Z (${apart(minutes ?? 0)}), at which the certificate is valid.`,
  fixes: () => [
    {
      who: 'client',
      sure: 'likely',
      title: 'set the clock (NTP), then try again',
      condition: 'only if another clock agrees with the server: its word alone proves nothing',
    },
  ],
});

function apart(minutes: number): string {
  const size = Math.abs(minutes);
  const span =
    size < 120
      ? `${size} minutes`
      : size < 2880
        ? `${Math.round(size / 60)} hours`
        : `${Math.round(size / 1440)} days`;
  return `${span} ${minutes > 0 ? 'later' : 'earlier'}`;
}
