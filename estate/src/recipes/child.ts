import { spawn } from 'node:child_process';

/** How a child ended, and what it printed; each stream is cut at 64 KB. */
interface Ended {
  /** Null when it was stopped. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Node process of this version, with verification on and nothing else of this environment. */
export interface Child {
  readonly ended: Promise<Ended>;
  stop(): void;
}

/** Starts `node ...args`; `extraCa` is a file of certificates to trust beside the default roots. */
export function startNode(
  args: readonly string[],
  extraCa: string | null,
  ms = 30_000,
  variables: Readonly<Record<string, string>> = {},
): Child {
  const env: NodeJS.ProcessEnv = { ...variables };
  for (const name of ['PATH', 'HOME', 'SystemRoot', 'TMPDIR', 'TEMP']) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  if (extraCa !== null) env['NODE_EXTRA_CA_CERTS'] = extraCa;
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: ms });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (data: Buffer) => {
      if (printed[name].length < 65_536) printed[name] += data.toString();
    });
  }
  return {
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...printed }));
    }),
    stop: () => void child.kill(),
  };
}
