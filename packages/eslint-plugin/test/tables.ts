import { table as noDisabledIdentityCheck } from './rules/no-disabled-identity-check.ts';
import { table as noDisabledVerification } from './rules/no-disabled-verification.ts';
import type { Table } from './table.ts';

/** The test table of every rule. */
export const tables: Readonly<Record<string, Table>> = {
  'no-disabled-identity-check': noDisabledIdentityCheck,
  'no-disabled-verification': noDisabledVerification,
};
