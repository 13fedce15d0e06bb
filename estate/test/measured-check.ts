import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { check, type Diagnosis, type ProbeOptions } from '@altname/core';

/** A check in a process of its own, and what it cost there. */
export interface MeasuredCheck {
  readonly diagnosis: Diagnosis;
  /** Milliseconds of the check alone. */
  readonly took: number;
  /** How far the check raised the peak of the memory in use, in octets. */
  readonly peak: number;
}

/** Runs a check in a process of its own, so that what the server costs is not counted. */
export async function measuredCheck(target: string, options: ProbeOptions): Promise<MeasuredCheck> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(import.meta.url), JSON.stringify({ target, options })],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as MeasuredCheck;
}

async function measure(target: string, options: ProbeOptions): Promise<MeasuredCheck> {
  const before = process.resourceUsage().maxRSS;
  const began = performance.now();
  const diagnosis = await check(target, options);
  const took = performance.now() - began;
  return { diagnosis, took, peak: (process.resourceUsage().maxRSS - before) * 1024 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const order = JSON.parse(process.argv[2] ?? '') as { target: string; options: ProbeOptions };
  process.stdout.write(JSON.stringify(await measure(order.target, order.options)));
}
