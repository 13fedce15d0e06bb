import { table as noCaReplacement } from './rules/no-ca-replacement.ts';
import { table as noDisabledIdentityCheck } from './rules/no-disabled-identity-check.ts';
import { table as noDisabledVerification } from './rules/no-disabled-verification.ts';
import { table as noHostHeaderAsServername } from './rules/no-host-header-as-servername.ts';
import { table as noIpServername } from './rules/no-ip-servername.ts';
import { table as noMalformedServername } from './rules/no-malformed-servername.ts';
import { table as noServernameFromCertificate } from './rules/no-servername-from-certificate.ts';
import { table as noServernameFromRequest } from './rules/no-servername-from-request.ts';
import { table as optionInWrongPlace } from './rules/option-in-wrong-place.ts';
import type { Table } from './table.ts';

/** The test table of every rule. */
export const tables: Readonly<Record<string, Table>> = {
  'no-ca-replacement': noCaReplacement,
  'no-disabled-identity-check': noDisabledIdentityCheck,
  'no-disabled-verification': noDisabledVerification,
  'no-host-header-as-servername': noHostHeaderAsServername,
  'no-ip-servername': noIpServername,
  'no-malformed-servername': noMalformedServername,
  'no-servername-from-certificate': noServernameFromCertificate,
  'no-servername-from-request': noServernameFromRequest,
  'option-in-wrong-place': optionInWrongPlace,
};
