import type { TextFile } from '../text-file.ts';
import { envFile } from './env-file.ts';
import type { Format } from './format.ts';
import { nginx } from './nginx.ts';

/** Every format. The first one that claims a file has it. */
const formats: readonly Format[] = [envFile, nginx];

export function formatOf(file: TextFile): Format | undefined {
  return formats.find(({ mayBe, claims }) => mayBe(file.path) && (claims?.(file) ?? true));
}

/** Whether a file of this path is read: by its name it may be of a format. */
export function mayHaveFormat(path: string): boolean {
  return formats.some(({ mayBe }) => mayBe(path));
}
