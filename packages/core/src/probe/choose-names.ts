import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { ClientProfile } from '../diagnosis/clients/profile.ts';
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
 * | sent    | `servername: false` or `''`: none, on purpose                                              |
 * |         | the Host header, where it beats `servername` (undici) and is no address                    |
 * |         | `servername`, unless the library overwrites it with a DNS host (pg)                        |
 * |         | the Host header, where the library makes a server name of it; none for an address in it    |
 * |         | the host; none for an address (grpc-js sends it), none where the library sends none        |
 * | checked | the name given to check; what is sent by `servername` or Host header; `localhost` for an    |
 * |         | address, where the library gives Node only a socket; the host                               |
 */
export function chooseNames(target: Target, options: ProbeOptions): ChosenNames {
  const profile = clientProfiles[options.client ?? 'https'];
  const asked: ChosenName = { value: target.host, from: target.scheme === null ? 'target' : 'url' };
  const http = target.http && options.starttls === undefined && profile.hostHeader !== 'none';
  const sent = chooseSent(target, options, profile, http ? options.hostHeader : undefined);
  const chosen = sent.from === 'option-servername' || sent.from === 'host-header';
  const checked: ChosenName =
    options.name !== undefined
      ? { value: options.name, from: 'option-name' }
      : chosen
        ? sent
        : target.identifier.kind === 'ip' && profile.checkedForIp === 'localhost'
          ? { value: 'localhost', from: 'default-localhost' }
          : asked;
  const host = http ? chooseHost(target, options, profile) : { value: null, from: asked.from };
  return { asked, sent, checked, host };
}

function chooseSent(
  target: Target,
  { servername }: ProbeOptions,
  profile: ClientProfile,
  header: string | undefined,
): ChosenName {
  const asked: ChosenName = { value: target.host, from: target.scheme === null ? 'target' : 'url' };
  const inHeader =
    header !== undefined && profile.hostHeader === 'becomes-server-name' ? hostOfHeader(header) : '';
  const byHeader: ChosenName | null = inHeader === '' ? null : { value: inHeader, from: 'host-header' };
  const headerWins = profile.servernameOption === 'loses-to-host-header';
  const overwritten = profile.servernameOption === 'loses-to-dns-host' && target.identifier.kind === 'dns';

  if (servername === false || servername === '') return { value: null, from: 'switched-off' };
  if (byHeader !== null && headerWins && !isAddress(inHeader)) return byHeader;
  if (servername !== undefined && !overwritten) return { value: servername, from: 'option-servername' };
  if (byHeader !== null && !headerWins) {
    return isAddress(inHeader) ? { value: null, from: 'not-sent-for-ip' } : byHeader;
  }
  if (target.identifier.kind === 'ip') {
    return profile.sentForIp === 'address' ? asked : { value: null, from: 'not-sent-for-ip' };
  }
  return profile.sentForDns === 'none' ? { value: null, from: 'not-sent-by-client' } : asked;
}

function chooseHost(target: Target, { hostHeader }: ProbeOptions, profile: ClientProfile): ChosenName {
  if (hostHeader !== undefined && profile.hostHeader !== 'dropped') {
    return { value: hostHeader, from: 'host-header' };
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
