import { parseEnv } from 'node:util';
import { settingFault } from '../text/setting.ts';
import type { Found, TextFile } from '../text-file.ts';
import type { Format } from './format.ts';

const isEnvPath = /(?:^|\/)\.env(?:\.[^/]*)?$|\.env$/;

/** `.env`, `.env.local`, `prod.env`: read as Node reads them with `--env-file`. */
export const envFile: Format = {
  name: 'an .env file',
  comment: '#',
  mayBe: (path) => isEnvPath.test(path),
  *check(file) {
    const values = parseEnv(file.text);
    for (const [name, value] of Object.entries(values)) {
      const fault = settingFault(name, value ?? '');
      if (fault !== null) yield { ...fault, ...placeOf(file, name) };
    }
  },
};

/** The last assignment: it is the one that holds. Node gives the values without their places. */
function placeOf(file: TextFile, name: string): Pick<Found, 'start' | 'end'> {
  let start = 0;
  let end = 0;
  for (const [index, line] of file.text.split('\n').entries()) {
    const match = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line);
    if (match?.[1] !== name) continue;
    const from = file.lines[index] ?? 0;
    start = from + line.indexOf(name);
    end = from + line.trimEnd().length;
  }
  return { start, end };
}
