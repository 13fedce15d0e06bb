import { resolve } from 'node:path';

/** What the environment says. Values that mean nothing are told in `complaints`, one line each; the usual holds then. */
export interface Settings {
  readonly off: boolean;
  readonly reporter: 'pretty' | 'line' | 'json';
  /** A file for the diagnoses, appended to; null for stderr. Absolute: the program may change its folder. */
  readonly output: string | null;
  /** A folder of `altname run`, where every process of the tree leaves what it saw; null without. */
  readonly spool: string | null;
  /** Whether every name in use is wanted. */
  readonly record: boolean;
  readonly complaints: readonly string[];
}

const reporters = ['pretty', 'line', 'json'] as const;

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const complaints: string[] = [];
  const wanted = env['ALTNAME_REPORTER'] ?? '';
  const reporter = reporters.find((each) => each === wanted);
  if (wanted !== '' && reporter === undefined) {
    complaints.push(
      `ALTNAME_REPORTER is ${JSON.stringify(wanted.slice(0, 40))}; ${reporters.join(', ')} is expected`,
    );
  }
  const onOff = env['ALTNAME'] ?? '';
  if (!['', 'on', 'off'].includes(onOff)) {
    complaints.push(`ALTNAME is ${JSON.stringify(onOff.slice(0, 40))}; off is expected, or nothing`);
  }
  return {
    off: onOff === 'off',
    reporter: reporter ?? 'pretty',
    output: absolute(env['ALTNAME_OUTPUT']),
    spool: env['ALTNAME_SPOOL'] || null,
    record: env['ALTNAME_RECORD'] === '1',
    complaints,
  };
}

function absolute(file: string | undefined): string | null {
  if (file === undefined || file === '') return null;
  try {
    return resolve(file);
  } catch {
    // The working directory is gone.
    return file;
  }
}
