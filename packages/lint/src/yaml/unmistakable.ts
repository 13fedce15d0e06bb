import type { Fault } from '../text/passage.ts';
import type { Found } from '../text-file.ts';
import type { YamlTree } from './tree.ts';

/** Keys that say themselves that nothing is verified, wherever they stand. */
const keys: Readonly<Record<string, string>> = {
  insecureSkipVerify: 'ca or rootCAs, and serverName for the name',
  insecureSkipTLSVerify: 'caBundle',
  insecureSkipTlsVerify: 'caBundle',
  insecure_skip_verify: 'ca_file, and server_name for the name',
  skipTLSVerify: 'a CA bundle',
  tlsSkipVerify: 'tlsAuthWithCACert, and serverName for the name',
};

/** What stands in a text wherever such a key does. */
export const unmistakableMarks: RegExp =
  /\b(?:insecureSkipVerify|insecureSkipT(?:LS|ls)Verify|insecure_skip_verify|skipTLSVerify|tlsSkipVerify)\b/;

/** `insecureSkipVerify: true`, `insecure_skip_verify: true`. */
export function* unmistakableFindings(tree: YamlTree): Generator<Found, void> {
  for (const { key, value } of tree.entries()) {
    if (!Object.hasOwn(keys, key.text)) continue;
    const given = tree.text(value);
    if (given === null || !/^(?:true|yes|on)$/i.test(given.text)) continue;
    yield tree.span(key, given).found(switchedOff(`${key.text}: ${given.text}`, keys[key.text]));
  }
}

/** What is off, as it is written, and what to write instead. */
export function switchedOff(written: string, instead?: string): Fault {
  return {
    code: 'no-disabled-verification',
    message: `${written} switches verification off: whoever answers is believed.`,
    ...(instead === undefined ? {} : { hint: instead }),
  };
}
