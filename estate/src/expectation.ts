import type { Diagnosis } from '@altname/core';
import type { Expected } from './server.ts';

/** Where a diagnosis is not what a server must get; empty when it is. One clause each. */
export function differences(diagnosis: Diagnosis, exit: number, expected: Expected): string[] {
  const { verdict, cause, findings } = diagnosis;
  const found = findings.map(({ code }) => code);
  const lines: string[] = [];
  if (verdict !== expected.verdict) lines.push(`verdict ${verdict}, expected ${expected.verdict}`);
  if ((cause?.code ?? null) !== expected.cause) {
    lines.push(`cause ${cause?.code ?? 'none'}, expected ${expected.cause ?? 'none'}`);
  }
  if (cause !== null && found[0] !== cause.code) lines.push(`first finding ${found[0]}, not the cause`);
  for (const code of expected.also ?? []) if (!found.includes(code)) lines.push(`no finding ${code}`);
  if (exit !== expected.exit) lines.push(`exit ${exit}, expected ${expected.exit}`);
  return lines;
}
