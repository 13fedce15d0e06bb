import type { Severity } from './problem.ts';

/** Codes are stable once released. */
export type Code =
  | 'no-ca-replacement'
  | 'no-disabled-identity-check'
  | 'no-disabled-verification'
  | 'no-host-header-as-servername'
  | 'no-ip-servername'
  | 'no-malformed-servername'
  | 'no-servername-from-certificate'
  | 'no-servername-from-request'
  | 'option-in-wrong-place'
  | 'servername-not-sent'
  | 'servername-is-group'
  | 'name-not-on-certificate'
  | 'unused-ignore'
  | 'not-read';

/** What is known of a code, wherever it is found. */
export interface CodeFacts {
  readonly severity: Severity;
  /** The weakness of the Common Weakness Enumeration that it is: 295 verification, 297 its names; null for neither. */
  readonly cwe: 295 | 297 | null;
  /** One sentence: what holds where this is not found. */
  readonly title: string;
  /** The page below `docs/`. */
  readonly page: string;
}

function rule(name: string, cwe: 295 | 297, title: string): CodeFacts {
  return { severity: 'error', cwe, title, page: `rules/${name}.md` };
}

function ofFiles(severity: Severity, cwe: CodeFacts['cwe'], title: string): CodeFacts {
  return { severity, cwe, title, page: 'lint.md' };
}

/** Every code: the rules of eslint-plugin-altname, which hold for the files around the code too, and what only these have. */
export const codes: Readonly<Record<Code, CodeFacts>> = {
  'no-ca-replacement': rule(
    'no-ca-replacement',
    295,
    'A ca for a public host, or for everything, does not take the default roots away.',
  ),
  'no-disabled-identity-check': rule(
    'no-disabled-identity-check',
    297,
    'The name on the certificate is compared, and not only its chain.',
  ),
  'no-disabled-verification': rule(
    'no-disabled-verification',
    295,
    'Verification of a server is not switched off, by any option, variable, command or default.',
  ),
  'no-host-header-as-servername': rule(
    'no-host-header-as-servername',
    297,
    'A Host header stands beside a server name that is given, and does not become it.',
  ),
  'no-ip-servername': rule('no-ip-servername', 297, 'No address is sent as server name.'),
  'no-malformed-servername': rule('no-malformed-servername', 297, 'A server name is a DNS name.'),
  'no-servername-from-certificate': rule(
    'no-servername-from-certificate',
    297,
    'No name is expected because the certificate of the peer has it.',
  ),
  'no-servername-from-request': rule(
    'no-servername-from-request',
    297,
    'What is sent and checked as server name comes from the configuration, never from a request that came in.',
  ),
  'option-in-wrong-place': rule(
    'option-in-wrong-place',
    297,
    'An option of TLS stands where it is read, and who sends no name by itself is given one.',
  ),
  'servername-not-sent': ofFiles('error', 297, 'A proxy sends its upstream the server name that it expects.'),
  'servername-is-group': ofFiles(
    'error',
    297,
    'The name of a group of servers is not what is sent and checked as server name.',
  ),
  'name-not-on-certificate': ofFiles(
    'error',
    297,
    'A certificate of the tree has the names under which its service is reached.',
  ),
  'unused-ignore': ofFiles('warning', null, 'An ignore comment hides something, and says why.'),
  'not-read': ofFiles('note', null, 'A file could be read as what its name says.'),
};

export function isCode(name: string): name is Code {
  return Object.hasOwn(codes, name);
}
