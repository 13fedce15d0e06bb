import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { endpointOf, mainFinding, sentenceOf } from './headline.ts';

/** Days left under which the state is worse, whatever the diagnosis says. */
export interface NagiosOptions {
  /** WARNING under this many days; 14 when not given. */
  readonly warnDays?: number;
  /** CRITICAL under this many days; 7 when not given. */
  readonly criticalDays?: number;
}

/** What a Nagios plugin prints, and its exit status. */
export interface NagiosResult {
  /** One line: `ALTNAME STATE: text|days_left=…;…;…;; time=…s;;;0;` */
  readonly text: string;
  /** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
  readonly status: 0 | 1 | 2 | 3;
}

/**
 * A diagnosis in the format of the Nagios plugin guidelines. A host that cannot be reached is CRITICAL, as those
 * guidelines ask: UNKNOWN is only that nothing was tried.
 */
export function formatNagios(diagnosis: Diagnosis, options: NagiosOptions = {}): NagiosResult {
  const { warnDays = 14, criticalDays = 7 } = options;
  const status = statusOf(diagnosis, warnDays, criticalDays);
  const code = mainFinding(diagnosis)?.code ?? diagnosis.verdict;
  const text = `ALTNAME ${states[status]}: ${endpointOf(diagnosis)} ${code}: ${sentenceOf(diagnosis)}`;
  const data: string[] = [];
  const daysLeft = diagnosis.certificate?.daysLeft;
  // `14:` is the range from 14 up: an alert below it.
  if (daysLeft !== undefined && daysLeft !== null)
    data.push(`days_left=${daysLeft};${warnDays}:;${criticalDays}:;;`);
  const ms = diagnosis.attempts[0]?.ms;
  if (ms !== undefined) data.push(`time=${(ms / 1000).toFixed(3)}s;;;0;`);
  return {
    text: [text.replaceAll('|', '\\x7c'), data.join(' ')].filter((part) => part !== '').join('|'),
    status,
  };
}

const states = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

function statusOf(diagnosis: Diagnosis, warnDays: number, criticalDays: number): NagiosResult['status'] {
  if (diagnosis.attempts.length === 0 && diagnosis.verdict !== 'refused') return 3;
  const daysLeft = diagnosis.certificate?.daysLeft ?? Number.POSITIVE_INFINITY;
  const worst = diagnosis.findings.some(({ severity }) => severity === 'error');
  if (diagnosis.verdict !== 'accepted' || worst || daysLeft < criticalDays) return 2;
  return mainFinding(diagnosis) !== null || daysLeft < warnDays ? 1 : 0;
}
