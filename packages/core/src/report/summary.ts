import { findingGroups } from '../diagnosis/catalogue.ts';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { mainFinding } from './headline.ts';
import { counted } from './spelling.ts';

/** What a run is counted as. Every diagnosis is exactly one of them. */
const kinds = [
  'ok',
  'mismatched',
  'untrusted',
  'failed',
  'expiring',
  'with warnings',
  'unreachable',
] as const;
type Kind = (typeof kinds)[number];

/**
 * The last line of a run over many targets:
 * `altname: 212 ok, 2 mismatched, 1 expiring, 1 unreachable · 216 targets · 4.1 s · exit 1`
 *
 * @param ms how long the run took, in milliseconds
 * @param exit the exit code, of `exitCodeOf`
 */
export function formatSummary(diagnoses: readonly Diagnosis[], ms: number, exit: number): string {
  const totals = new Map<Kind, number>();
  for (const diagnosis of diagnoses) {
    const kind = kindOf(diagnosis);
    totals.set(kind, (totals.get(kind) ?? 0) + 1);
  }
  const parts = kinds.flatMap((kind) => {
    const total = totals.get(kind) ?? 0;
    return total === 0 && kind !== 'ok' ? [] : [`${total} ${kind}`];
  });
  return `altname: ${parts.join(', ')} · ${counted(diagnoses.length, 'target')} · ${seconds(ms)} · exit ${exit}`;
}

/** `mismatched`: a name is wrong; `untrusted`: the chain or the time is; `failed`: the connection, or another error. */
function kindOf(diagnosis: Diagnosis): Kind {
  if (diagnosis.verdict === 'unreachable') return 'unreachable';
  const finding = mainFinding(diagnosis);
  if (finding === null) return diagnosis.verdict === 'accepted' ? 'ok' : 'failed';
  if (diagnosis.verdict === 'refused' || finding.severity === 'error') {
    if (isIn('names', finding.code) || isIn('server name', finding.code)) return 'mismatched';
    return isIn('trust and time', finding.code) ? 'untrusted' : 'failed';
  }
  return finding.code === 'expires-soon' ? 'expiring' : 'with warnings';
}

function isIn(group: keyof typeof findingGroups, code: string): boolean {
  return (findingGroups[group] as readonly string[]).includes(code);
}

function seconds(ms: number): string {
  return ms < 950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
