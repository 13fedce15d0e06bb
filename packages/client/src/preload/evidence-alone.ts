import type { AppFacts, Evidence, Outcome } from '@altname/core';
import { nameAlone, placeAlone, withoutSecrets } from './without-secrets.ts';

/** Evidence without secrets: credentials, paths and queries of URLs that stand where a name belongs. */
export function evidenceAlone(evidence: Evidence): Evidence {
  const { names, attempts, app } = evidence;
  const alone = <T extends { readonly value: string | null }>(chosen: T): T => ({
    ...chosen,
    value: chosen.value === null ? null : nameAlone(chosen.value),
  });
  return {
    ...evidence,
    target: nameAlone(evidence.target),
    names: {
      ...names,
      asked: alone(names.asked),
      dialled: { ...names.dialled, host: nameAlone(names.dialled.host) },
      sent: alone(names.sent),
      checked: alone(names.checked),
      host: alone(names.host),
    },
    attempts: attempts.map((attempt) => ({
      ...attempt,
      sent: attempt.sent === null ? null : nameAlone(attempt.sent),
      outcome: outcomeAlone(attempt.outcome),
    })),
    ...(app === null || app === undefined ? {} : { app: appAlone(app) }),
  };
}

function outcomeAlone(outcome: Outcome): Outcome {
  const cleaned = Object.entries(outcome).map(([key, value]) =>
    /[eE]rror$/.test(key) && typeof value === 'object' && value !== null
      ? [key, { ...value, message: withoutSecrets(String((value as { message: unknown }).message)) }]
      : [key, value],
  );
  return Object.fromEntries(cleaned) as Outcome;
}

function appAlone(app: AppFacts): AppFacts {
  return { ...app, callSite: app.callSite === null ? null : placeAlone(app.callSite) };
}
