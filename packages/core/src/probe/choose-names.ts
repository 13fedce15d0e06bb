import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { ChosenName } from '../diagnosis/evidence.ts';
import { hostOfHeader } from '../names/host-header.ts';
import { readIdentifier } from '../names/identifier.ts';
import type { ProbeOptions } from './options.ts';
import type { Target } from './target.ts';

/** The names a client chooses before anything is on the wire. */
export interface ChosenNames {
  readonly asked: ChosenName;
  readonly sent: ChosenName;
  readonly checked: ChosenName;
  readonly host: ChosenName;
}

/**
 * Which names the client sends and checks. Node's rules, and each library's own before them:
 *
 * | name    | chosen by, first that is there                                                             |
 * |---------|--------------------------------------------------------------------------------------------|
 * | sent    | `servername`; the Host header where the library makes one of it; the host, unless it is an |
 * |         | address or the library sends none                                                          |
 * | checked | the name given to check; what is sent by `servername` or Host header; the host             |
 */
export function chooseNames(target: Target, options: ProbeOptions): ChosenNames {
  const profile = clientProfiles[options.client ?? 'https'];
  const byTarget = target.scheme === null ? 'target' : 'url';
  const asked: ChosenName = { value: target.host, from: byTarget };
  const header = options.hostHeader;
  const fromHeader =
    header !== undefined && profile.hostHeader === 'becomes-server-name' ? hostOfHeader(header) : null;

  let sent: ChosenName;
  if (options.servername === false) sent = { value: null, from: 'switched-off' };
  else if (options.servername !== undefined) sent = { value: options.servername, from: 'option-servername' };
  else if (fromHeader !== null) {
    sent = isAddress(fromHeader)
      ? { value: null, from: 'not-sent-for-ip' }
      : { value: fromHeader, from: 'host-header' };
  } else if (target.identifier.kind === 'ip') {
    sent =
      profile.sentForIp === 'address'
        ? { value: target.host, from: byTarget }
        : { value: null, from: 'not-sent-for-ip' };
  } else if (profile.sentForDns === 'none') sent = { value: null, from: 'not-sent-by-client' };
  else sent = asked;

  const chosen = sent.from === 'option-servername' || sent.from === 'host-header';
  const checked: ChosenName =
    options.name !== undefined ? { value: options.name, from: 'option-name' } : chosen ? sent : asked;

  return { asked, sent, checked, host: chooseHost(target, options, profile.hostHeader) };
}

function chooseHost(target: Target, options: ProbeOptions, header: string): ChosenName {
  const http = target.http && header !== 'none';
  if (!http) return { value: null, from: target.scheme === null ? 'target' : 'url' };
  if (options.hostHeader !== undefined && header !== 'dropped') {
    return { value: options.hostHeader, from: 'host-header' };
  }
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return {
    value: target.port === 443 ? host : `${host}:${target.port}`,
    from: target.scheme === null ? 'target' : 'url',
  };
}

function isAddress(text: string): boolean {
  const read = readIdentifier(text);
  return typeof read !== 'string' && read.kind === 'ip';
}
