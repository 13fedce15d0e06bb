import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { check, type Diagnosis, type ProbeOptions } from '@altname/core';
import type { RunningServer } from './estate.ts';

/** What a check in another process is told. */
export interface Order {
  readonly target: string;
  readonly options: ProbeOptions;
}

/**
 * Checks a server of the estate. Node reads NODE_EXTRA_CA_CERTS once, when it starts, so that a server whose check
 * needs it is checked by a process of its own.
 */
export async function examine({ target, options, extraCaFile }: RunningServer): Promise<Diagnosis> {
  if (extraCaFile === null) return check(target, options);
  const order: Order = { target, options };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL('./examine-apart.js', import.meta.url)), JSON.stringify(order)],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: extraCaFile } },
  );
  return JSON.parse(stdout) as Diagnosis;
}
