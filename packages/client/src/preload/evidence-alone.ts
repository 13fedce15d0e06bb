import { printable, type AppFacts, type Evidence, type Outcome } from '@altname/core';
import { nameAlone, placeAlone, withoutSecrets } from './without-secrets.ts';

/** Evidence without secrets: credentials, paths and queries of URLs that stand where a name belongs. */
export function evidenceAlone(evidence: Evidence): Evidence {
  const { names, attempts, app } = evidence;
  const alone = <T extends { readonly value: string | null }>(chosen: T): T => ({
    ...chosen,
    value: chosen.value === null ? null : nameAlone(chosen.value),
  });
  const given = [names.asked, names.sent, names.checked, names.host].flatMap(({ value }) => value ?? []);
  const spoken = new Map(
    [evidence.target, names.dialled.host, ...given]
      .map((name) => [printable(name, longestMessage), nameAlone(name)] as const)
      .filter(([name, cleaned]) => name !== cleaned),
  );
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
      outcome: outcomeAlone(attempt.outcome, spoken),
    })),
    ...(app === null || app === undefined ? {} : { app: appAlone(app) }),
  };
}

/** Characters of a message as evidence holds it. */
const longestMessage = 1000;

/** `spoken`: names as a message repeats them, and what they are without secrets. */
function outcomeAlone(outcome: Outcome, spoken: ReadonlyMap<string, string>): Outcome {
  const messageAlone = (message: string): string => {
    let text = message;
    for (const [name, cleaned] of spoken) text = text.replaceAll(name, () => cleaned);
    return withoutSecrets(text);
  };
  const cleaned = Object.entries(outcome).map(([key, value]) =>
    /error$/i.test(key) && typeof value === 'object' && value !== null
      ? [key, { ...value, message: messageAlone(String((value as { message: unknown }).message)) }]
      : [key, value],
  );
  return Object.fromEntries(cleaned) as Outcome;
}

function appAlone(app: AppFacts): AppFacts {
  return { ...app, callSite: app.callSite === null ? null : placeAlone(app.callSite) };
}
