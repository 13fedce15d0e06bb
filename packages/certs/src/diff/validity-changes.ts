import type { Certificate } from '@altname/core';
import type { RotationChange } from './rotation-change.ts';

const day = 86_400_000;

/** What changes in time. `now` is in milliseconds since the epoch. */
export function validityChanges(was: Certificate, is: Certificate, now: number): RotationChange[] {
  const old = timesOf(was);
  const fresh = timesOf(is);
  if (fresh === null) {
    const message = 'its times of validity cannot be read, and clients refuse it';
    return [{ code: 'expired', severity: 'breaks', before: null, after: null, message }];
  }
  const changes: RotationChange[] = [];
  if (fresh.to < now) {
    const message = `the new one ended on ${dateText(fresh.to)}`;
    changes.push({ code: 'expired', severity: 'breaks', ...ends(old, fresh), message });
  }
  if (fresh.from > now) {
    const message = `clients refuse the new one before ${momentText(fresh.from)}`;
    changes.push({ code: 'not-yet-valid', severity: 'risk', ...begins(old, fresh), message });
  }
  if (old === null || was.fingerprints.sha256 === is.fingerprints.sha256) return changes;
  if (fresh.from > old.to) {
    const message = `neither is valid from ${momentText(old.to)} to ${momentText(fresh.from)}`;
    changes.push({
      code: 'gap',
      severity: 'breaks',
      before: momentText(old.to),
      after: momentText(fresh.from),
      message,
    });
  } else if (fresh.to > old.to) {
    const from = Math.max(now, fresh.from);
    const days = Math.floor((old.to - from) / day);
    const message =
      days < 0
        ? `the old one has ended: change over now`
        : `${days} days to change over: both are valid until ${dateText(old.to)}`;
    changes.push({ code: 'overlap', severity: 'note', ...ends(old, fresh), message });
  } else if (fresh.to < old.to) {
    const message = 'the new one ends before the old one does';
    changes.push({ code: 'ends-sooner', severity: 'risk', ...ends(old, fresh), message });
  }
  const [oldDays, newDays] = [lifetime(old), lifetime(fresh)];
  if (newDays < oldDays) {
    const message = 'a shorter lifetime: whatever renews it has to do so more often';
    changes.push({
      code: 'lifetime',
      severity: 'note',
      before: `${oldDays} days`,
      after: `${newDays} days`,
      message,
    });
  }
  return changes;
}

interface Times {
  readonly from: number;
  readonly to: number;
}

function timesOf({ notBefore, notAfter }: Certificate): Times | null {
  return notBefore === null || notAfter === null
    ? null
    : { from: notBefore.getTime(), to: notAfter.getTime() };
}

/** Both ends belong to it (RFC 5280 §4.1.2.5). */
function lifetime({ from, to }: Times): number {
  return Math.round((to - from + 1000) / day);
}

function begins(old: Times | null, fresh: Times): Pick<RotationChange, 'before' | 'after'> {
  return { before: old === null ? null : momentText(old.from), after: momentText(fresh.from) };
}

function ends(old: Times | null, fresh: Times): Pick<RotationChange, 'before' | 'after'> {
  return { before: old === null ? null : momentText(old.to), after: momentText(fresh.to) };
}

function momentText(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function dateText(time: number): string {
  return momentText(time).slice(0, 10);
}
