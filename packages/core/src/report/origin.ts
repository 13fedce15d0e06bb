import type { Origin } from '../diagnosis/evidence.ts';

/** In words, which option, header, default or record chose a name. */
export const originText: Readonly<Record<Origin, string>> = {
  url: 'from the URL',
  target: 'as you gave it',
  'option-servername': 'from the option servername',
  'option-host': 'from the option host',
  'option-name': 'from the option name',
  'host-header': 'from the Host header',
  'connect-option': 'by the option connect',
  dns: 'by DNS',
  'hosts-file': 'from the hosts file',
  literal: 'already an address',
  'not-sent-for-ip': 'none is sent for an IP address',
  'not-sent-by-client': 'this client sends none unless told',
  'switched-off': 'switched off',
  'default-localhost': "Node's default when it is given no name",
  'client-option': 'from an option of the client',
  certificate: 'from the certificate',
  unknown: 'the error does not say',
};
