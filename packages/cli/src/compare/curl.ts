import { isIP } from 'node:net';
import { parseIdentifier } from '@altname/core';
import type { Question, RawAnswer } from './answer.ts';
import { asCommand, asWords, runProgram } from './child.ts';

/** Schemes in which curl does the STARTTLS itself. */
const startTlsSchemes: Readonly<Record<string, string>> = {
  smtp: 'smtp',
  imap: 'imap',
  pop3: 'pop3',
  ftp: 'ftp',
};

/** Exit codes that come before there is a certificate: bad call, resolve, connect, timeout, roots that cannot be read. */
const notAsked = new Set([2, 3, 4, 5, 6, 7, 28, 58, 59, 66, 77]);

/**
 * Asks curl, which always checks the name that it sends, and takes both from the URL. So it asks for the name that was
 * asked for, at the address that Node dialled, without a configuration file and without a proxy.
 */
export async function askCurl(question: Question): Promise<RawAnswer> {
  const { address, port, ca, starttls, minVersion, maxVersion, timeout, hostHeader } = question;
  const name = question.sent === question.checked ? question.checked : question.asked;
  const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
  const scheme = starttls === null ? 'https' : startTlsSchemes[starttls];
  const words = [
    // First of all: no ~/.curlrc, which may hold anything.
    '-q',
    '-sS',
    ...['-o', '/dev/null', '-w', '%{time_appconnect}\\n'],
    ...['--max-time', (timeout / 1000).toFixed(1), '--noproxy', '*'],
    ...['--connect-to', `::${bracketed(address)}:${port}`],
    ...(ca === null ? [] : ['--cacert', ca]),
    ...(starttls === null ? ['--head'] : ['--ssl-reqd']),
    ...(hostHeader === null ? [] : ['-H', `Host: ${hostHeader}`]),
    ...(minVersion === null ? [] : [`--tlsv${versionNumber(minVersion)}`]),
    ...(maxVersion === null ? [] : ['--tls-max', versionNumber(maxVersion)]),
    `${scheme ?? starttls ?? ''}://${bracketed(name)}:${port}/`,
  ];
  const asked = { sent: sentFor(name), checked: name, command: asCommand('curl', words) };
  if (scheme === undefined) {
    return { ...asked, verdict: 'could-not-ask', words: `curl does not speak STARTTLS in ${starttls ?? ''}` };
  }
  const ended = await runProgram('curl', words, timeout + 1000);
  const complaint = asWords(/curl: \(\d+\) ([^\n]*)/.exec(ended.stderr)?.[1] ?? '');
  // The time of the handshake stays 0 until curl has accepted the certificate.
  if (Number(ended.stdout.trim()) > 0 && ended.exitCode !== 60)
    return { ...asked, verdict: 'accepts', words: '' };
  if (ended.timedOut) return { ...asked, verdict: 'could-not-ask', words: 'no answer in time' };
  const asking = ended.exitCode === null || notAsked.has(ended.exitCode);
  return { ...asked, verdict: asking ? 'could-not-ask' : 'refuses', words: complaint };
}

/** The server name curl makes of the host of a URL: none for an address, else lower case without a trailing dot. */
function sentFor(name: string): string | null {
  try {
    const identifier = parseIdentifier(name);
    return identifier.kind === 'ip' ? null : identifier.value;
  } catch {
    return name;
  }
}

function versionNumber(version: string): string {
  return version === 'TLSv1' ? '1.0' : version.replace('TLSv', '');
}
