import type { Diagnosis } from '../diagnosis/diagnosis.ts';

/** An exit code of `altname check`. 2, bad usage, is never that of a diagnosis. */
export type ExitCode = 0 | 1 | 3;

/**
 * The exit code of one diagnosis or of many.
 *
 * | one diagnosis                       | many                     | code |
 * |-------------------------------------|--------------------------|------|
 * | refused, or a finding of severity error on an answer | any of them is 1 | 1 |
 * | unreachable                         | else any of them is 3    | 3    |
 * | accepted                            | all of them are 0        | 0    |
 */
export function exitCodeOf(diagnoses: Diagnosis | readonly Diagnosis[]): ExitCode {
  const codes = isMany(diagnoses) ? diagnoses.map(exitCode) : [exitCode(diagnoses)];
  if (codes.includes(1)) return 1;
  return codes.includes(3) ? 3 : 0;
}

function isMany(diagnoses: Diagnosis | readonly Diagnosis[]): diagnoses is readonly Diagnosis[] {
  return Array.isArray(diagnoses);
}

/** The finding that explains why a host cannot be reached is an error too, so that verdict comes first. */
function exitCode({ verdict, findings }: Diagnosis): ExitCode {
  if (verdict === 'unreachable') return 3;
  return verdict === 'refused' || findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
