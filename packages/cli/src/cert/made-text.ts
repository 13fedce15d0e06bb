import type { Authority, MadeLeaf, NameInUse } from '@altname/certs';
import { printable } from '@altname/core';

/** What a person sees of a certificate that was made: where it is, how to use it, and whom it has to be shown to. */
export function madeText(
  authority: Authority,
  made: MadeLeaf,
  color: boolean,
  shellWord: (word: string) => string,
): string {
  const { files, names, notAfter, reused } = made;
  const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[22m` : text);
  const place = (file: string): string => printable(file, 1000);
  const days = Math.round((notAfter.getTime() - Date.now()) / 86_400_000);
  const list = names.map(({ value }) => value).join(', ');
  const rows: [what: string, text: string][] = [
    ['certificate', place(files.certificate)],
    ['key', place(files.key)],
    ...(files.pkcs12 === undefined
      ? []
      : [['pkcs12', `${place(files.pkcs12)} (password: changeit)`] as [string, string]]),
    ['ca', place(authority.certificateFile)],
  ];
  return [
    `${bold(list)}`,
    `${reused ? 'What is there is good' : 'Made: good'} for ${days} ${days === 1 ? 'day' : 'days'}, until ${notAfter.toISOString().slice(0, 10)}.`,
    '',
    ...rows.map(([what, text]) => `  ${what.padEnd(11)}  ${text}`),
    '',
    ...(authority.made ? newAuthorityText(authority) : []),
    ...authorityNotes(authority),
    '  Server   https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) })',
    '  Trust    altname cert trust                 the system, browsers, Java and Node',
    `           NODE_EXTRA_CA_CERTS=${shellWord(authority.certificateFile)} node app.js`,
    '',
  ].join('\n');
}

/** What was found where names are used. */
export interface Found {
  readonly inUse: readonly NameInUse[];
  readonly leftOut: readonly NameInUse[];
  /** What the certificate at hand has not; null when none was given. */
  readonly lacking: readonly string[] | null;
}

/** Where each name comes from, what was left out and why, and what the certificate at hand lacks. */
export function foundText({ inUse, leftOut, lacking }: Found, compared: string): string {
  const lines: string[] = [];
  if (inUse.length > 0) {
    const width = Math.min(40, Math.max(...inUse.map(({ name }) => name?.value.length ?? 0)));
    lines.push('Names in use');
    for (const { name, from } of inUse)
      lines.push(`  ${(name?.value ?? '').padEnd(width)}  ${printable(from, 120)}`);
    lines.push('');
  }
  if (leftOut.length > 0) {
    lines.push('Left out');
    for (const { text, from, problem } of leftOut) {
      lines.push(`  ${printable(text, 60)}  ${printable(from, 120)}`, `    ${problem}`);
    }
    lines.push('');
  }
  if (lacking !== null) {
    const file = printable(compared, 200);
    lines.push(
      lacking.length === 0 ? `${file} has all of them.` : `${file} lacks ${lacking.join(', ')}.`,
      '',
    );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function authorityNotes({ exposed, notAfter, keyFile }: Authority): string[] {
  const left = (notAfter.getTime() - Date.now()) / 86_400_000;
  return [
    ...(exposed ? [`  ${printable(keyFile, 1000)} could be read by others; now it cannot.`, ''] : []),
    ...(left < 90
      ? [`  The CA itself ends on ${notAfter.toISOString().slice(0, 10)}: make a new one by then.`, '']
      : []),
  ];
}

function newAuthorityText({ permitted }: Authority): string[] {
  const domains = permitted.filter((text) => !text.includes('/'));
  const ranges = permitted.filter((text) => text.includes('/'));
  return [
    '  The CA is new. Whoever has its key can sign for nothing but',
    `    ${domains.join(', ')} and what is below them`,
    ...wrapped(ranges).map((line) => `    ${line}`),
    '',
  ];
}

/** A list in lines of 70 columns. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || `${last} ${item},`.length > 70) lines.push(`${item},`);
    else lines[lines.length - 1] = `${last} ${item},`;
  }
  return lines.map((line, i) => (i === lines.length - 1 ? line.replace(/,$/, '') : line));
}
