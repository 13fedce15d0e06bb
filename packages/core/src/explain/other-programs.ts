import type { Signal } from './signal.ts';

/**
 * The same failure in the words of programs that are not Node, for logs that hold more than one of them.
 * What stands in no row is left alone.
 */
interface OtherProgram {
  readonly program: string;
  /** The literal that has to be there. */
  readonly needle: string;
  readonly read: (rest: string) => { readonly checked?: string; readonly names?: string } | null;
}

const programs: readonly OtherProgram[] = [
  {
    program: 'curl',
    needle: 'no alternative certificate subject name matches target ',
    read: (rest) => ({ ...quotedName(rest) }),
  },
  {
    program: 'curl',
    needle: "does not match target host name '",
    read: (rest) => ({ ...quotedName(`'${rest}`) }),
  },
  {
    program: 'Go',
    needle: 'x509: certificate is valid for ',
    read: (rest) => {
      const not = rest.lastIndexOf(', not ');
      if (not === -1) return null;
      const checked = /^[^\s"',;]{1,255}/.exec(rest.slice(not + 6))?.[0];
      return checked === undefined ? null : { checked, names: rest.slice(0, not) };
    },
  },
  {
    program: 'Go',
    needle: 'x509: cannot validate certificate for ',
    read: (rest) => firstWord(rest),
  },
  {
    program: 'Python',
    needle: 'mismatch, certificate is not valid for ',
    read: (rest) => ({ ...quotedName(rest) }),
  },
  {
    program: 'Java',
    needle: 'No subject alternative DNS name matching ',
    read: (rest) => firstWord(rest),
  },
  {
    program: 'Java',
    needle: 'No subject alternative names matching IP address ',
    read: (rest) => firstWord(rest),
  },
  {
    program: 'rustls',
    needle: 'certificate not valid for name ',
    read: (rest) => ({ ...quotedName(rest) }),
  },
  { program: 'Chromium', needle: 'ERR_CERT_COMMON_NAME_INVALID', read: () => ({}) },
];

/** Failures of names in the wording of other programs. */
export function findOtherPrograms(line: string): Signal[] {
  const found: Signal[] = [];
  for (const { program, needle, read } of programs) {
    const at = line.indexOf(needle);
    if (at === -1) continue;
    const facts = read(line.slice(at + needle.length, at + needle.length + 8192));
    if (facts === null) continue;
    const dns = facts.names?.split(', ') ?? [];
    found.push({
      family: 'name',
      errorCode: null,
      program,
      checked: facts.checked ?? null,
      checkedAs: null,
      presented:
        facts.names === undefined ? null : { san: 'present', dns, ip: [], others: [], commonNames: [] },
      presentedComplete: facts.names !== undefined,
      alert: null,
      at,
      end: Math.min(line.length, at + needle.length + 255),
    });
  }
  return found;
}

function quotedName(rest: string): { checked: string } | null {
  const checked = /^[^'"‘]{0,40}['"‘]([^'"’\s]{1,255})['"’]/.exec(rest)?.[1];
  return checked === undefined ? null : { checked };
}

function firstWord(rest: string): { checked: string } | null {
  const checked = /^[^\s"',;]{1,255}/.exec(rest)?.[0];
  return checked === undefined ? null : { checked };
}
