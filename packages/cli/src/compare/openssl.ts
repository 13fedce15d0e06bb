import { isIP } from 'node:net';
import type { Question, RawAnswer } from './answer.ts';
import { asCommand, asWords, runProgram } from './child.ts';

/**
 * Asks `openssl s_client`, which by itself checks no name and goes on after a chain it does not trust: both are
 * switched on. It sends and checks what Node sent and checked.
 */
export async function askOpenssl(question: Question): Promise<RawAnswer> {
  const { address, port, sent, checked, ca, starttls, minVersion, maxVersion, timeout } = question;
  const words = [
    's_client',
    '-brief',
    ...['-connect', isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`],
    ...(sent === null ? ['-noservername'] : ['-servername', sent]),
    ...[isIP(checked) === 0 ? '-verify_hostname' : '-verify_ip', checked],
    '-verify_return_error',
    ...(ca === null ? [] : ['-CAfile', ca, '-no-CApath', '-no-CAstore']),
    ...(starttls === null ? [] : ['-starttls', starttls]),
    ...(minVersion === null ? [] : ['-min_protocol', minVersion]),
    ...(maxVersion === null ? [] : ['-max_protocol', maxVersion]),
  ];
  const ended = await runProgram('openssl', words, timeout);
  const said = `${ended.stderr}\n${ended.stdout}`;
  const asked = { sent, checked, command: asCommand('openssl', words) };
  const refused = /verify error:num=\d+:([^\n]*)/.exec(said)?.[1];
  if (refused !== undefined) return { ...asked, verdict: 'refuses', words: asWords(refused) };
  if (/Verification: OK|Verify return code: 0 \(ok\)/.test(said)) {
    return {
      ...asked,
      verdict: 'accepts',
      words: asWords(/Verified peername: [^\n]*/.exec(said)?.[0] ?? ''),
    };
  }
  if (ended.timedOut) return { ...asked, verdict: 'could-not-ask', words: 'no answer in time' };
  const alert = /SSL routines:[^:]*:([^:\n]*)/.exec(said)?.[1];
  if (alert !== undefined && /alert/.test(said))
    return { ...asked, verdict: 'refuses', words: asWords(alert) };
  const system = /system library:[^:]*:([^:\n]*)/.exec(said)?.[1];
  return { ...asked, verdict: 'could-not-ask', words: asWords(alert ?? system ?? firstLine(said)) };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
