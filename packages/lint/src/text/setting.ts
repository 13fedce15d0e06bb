import type { Found } from '../text-file.ts';

/** What is wrong with a setting, wherever it stands. */
export type Fault = Omit<Found, 'start' | 'end'>;

/** What is wrong with a variable of the environment that has this value; null for nothing. */
export function settingFault(name: string, value: string): Fault | null {
  if (name === 'NODE_TLS_REJECT_UNAUTHORIZED' && value === '0') {
    return {
      code: 'no-disabled-verification',
      message:
        'NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off for every connection of the process.',
      hint: 'remove it; NODE_EXTRA_CA_CERTS=ca.pem adds the authority that is missing',
    };
  }
  return null;
}
