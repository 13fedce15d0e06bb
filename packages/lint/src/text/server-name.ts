import { AltnameError, parseIdentifier, printable, readIdentifier } from '@altname/core';
import type { Fault } from './setting.ts';

/** What stands as server name, and what its program makes of an address. */
export interface ServerNameSetting {
  /** As it is written: `proxy_ssl_name`. */
  readonly option: string;
  readonly value: string;
  /** What comes of an address: the end of a sentence. */
  readonly ofAddress: string;
  readonly hint?: string;
}

/** What is wrong with a text that is sent and checked as server name; null for a DNS name. */
export function serverNameFault(setting: ServerNameSetting): Fault | null {
  const { option, value, ofAddress, hint } = setting;
  const more = hint === undefined ? {} : { hint };
  if (isAddress(value)) {
    const message = `${option} is an address, ${printable(value, 60)}: ${ofAddress}.`;
    return { code: 'no-ip-servername', message, ...more };
  }
  const why = whyMalformed(value);
  if (why === null) return null;
  const message = `${option} is no DNS name, "${printable(value, 60)}": ${why}. No certificate has it.`;
  return { code: 'no-malformed-servername', message, ...more };
}

/** The same for a program in Go: it sends no address, compares one with those of the certificate, and drops a dot. */
export function goServerNameFault(option: string, value: string, hint: string): Fault | null {
  const ofAddress = 'no server name is sent, and only a certificate with that address is right';
  const fault = serverNameFault({ option, value: value.replace(/(?<=.)\.$/, ''), ofAddress, hint });
  return fault?.code === 'no-ip-servername' ? { ...fault, severity: 'warning' } : fault;
}

/** Whether it is an IP address, with or without the brackets of a URL. */
export function isAddress(text: string): boolean {
  const read = readIdentifier(/^\[.*\]$/.test(text) ? text.slice(1, -1) : text);
  return typeof read !== 'string' && read.kind === 'ip';
}

/** Whether it is this machine itself: nobody is in between. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d+){3}|\[?::1\]?|localhost)$/i.test(host) || host.startsWith('unix:');
}

function whyMalformed(value: string): string | null {
  if (value.endsWith('.') && value.length > 1) return 'it ends with a dot';
  try {
    parseIdentifier(value);
    return null;
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    return error.message.replace(/^[^]* is not a DNS name or an IP address: /, '');
  }
}
