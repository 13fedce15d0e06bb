import { clientSafety } from './client-safety.ts';
import type { FindingCase } from './finding-case.ts';
import { names } from './names.ts';
import { runtime } from './runtime.ts';
import { serverName } from './server-name.ts';
import { transport } from './transport.ts';
import { trustAndTime } from './trust.ts';

/** Every code of the catalogue on evidence made by hand, by group. */
export const findingCases: readonly FindingCase[] = [
  ...names,
  ...serverName,
  ...trustAndTime,
  ...transport,
  ...clientSafety,
  ...runtime,
];
