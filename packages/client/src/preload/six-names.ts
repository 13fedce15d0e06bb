import { isIP } from 'node:net';
import { clientProfiles, hostOfHeader, type ChosenName, type Origin, type SixNames } from '@altname/core';
import type { Library } from './library.ts';
import type { ConnectOptions, Sighting } from './sighting.ts';
import type { Way } from './way.ts';

/** The names a connection of the program was made with. *presented* is for the caller. */
export type OwnNames = Omit<SixNames, 'presented'>;

/**
 * Which option, header or default chose each name, read from what the client library gave to `tls.connect`.
 *
 * | name    | is                                                                | from                                  |
 * |---------|-------------------------------------------------------------------|---------------------------------------|
 * | asked   | what the library was given; `host`; the host of the socket beneath | the URL, else an option               |
 * |         | where that is no tunnel; of a tunnel what the proxy was asked for,  |                                       |
 * |         | else `host` or `servername`, else it is unknown                     |                                       |
 * | dialled | the host of the socket beneath, else `host`; what is asked, where  | an address as it stands, else DNS     |
 * |         | the library resolved that itself, or a tunnel leads there          |                                       |
 * | sent    | `servername`, exactly (RFC 6066 §3 or not)                         | what else in the call says the same   |
 * | checked | `servername`, else `host`, else the host of the socket, else       | the same                              |
 * |         | `localhost`: Node's own order (`onConnectSecure` in lib/_tls_wrap) |                                       |
 * | host    | the Host header, for clients that have one                         | the URL, when it names what was asked |
 */
export function sixNames(
  sighting: Sighting,
  library: Library,
  { asked: askedInstead, end, target }: Pick<Way, 'asked' | 'end' | 'target'>,
): OwnNames {
  const { options, beneath, address } = sighting;
  const host = text(options.host);
  const servername = text(options.servername);
  const socketPath = text(options.path);
  const socketHost = hostOfSocket(options);
  const tunnelled = library.leg === 'origin';

  const ownSocket = beneath?.host ?? socketHost;
  const farEnd = tunnelled ? (target?.host ?? host ?? text(options.hostname) ?? servername) : null;
  const socketWentTo =
    end?.address ??
    farEnd ??
    (tunnelled ? (ownSocket ?? address) : (beneath?.host ?? host ?? socketPath ?? socketHost)) ??
    'localhost';
  const askedName =
    askedInstead ??
    target?.host ??
    text(options.hostname) ??
    host ??
    (tunnelled ? null : (ownSocket ?? socketPath)) ??
    servername;
  const asked: ChosenName = {
    value: askedName,
    from: byUrl(sighting, library) ? 'url' : askedFrom(askedName, target, servername, farEnd),
  };
  const resolvedBefore = resolveThemselves.has(library.client) && isIP(socketWentTo) > 0;
  const dialledHost = resolvedBefore ? (asked.value ?? socketWentTo) : socketWentTo;
  // What is asked of a proxy is another request.
  const header = library.leg === 'proxy' ? null : hostHeaderOf(sighting);
  const sent = sentName(sighting, library, asked, servername, header);
  const checked: ChosenName =
    servername !== null
      ? { value: servername, from: sent.from }
      : host !== null
        ? { value: host, from: sameText(host, asked.value) ? asked.from : 'option-host' }
        : socketHost !== null
          ? { value: socketHost, from: sameText(socketHost, asked.value) ? asked.from : 'default-localhost' }
          : { value: 'localhost', from: 'default-localhost' };
  const port =
    end?.port ??
    (farEnd !== null
      ? (target?.port ?? (Number(options.port) || portInHref(options)))
      : Number(options.port ?? beneath?.port) || beneath?.port) ??
    443;
  return {
    asked,
    dialled: {
      host: dialledHost,
      port,
      // Through a tunnel, the address of the socket is that of the proxy.
      address:
        end?.address ?? (farEnd === null ? address : null) ?? (isIP(socketWentTo) > 0 ? socketWentTo : null),
      addresses: [],
      cnames: [],
      searchDomain: null,
      from: isIP(dialledHost) > 0 ? 'literal' : 'dns',
      ...(farEnd === null || address === null ? {} : { through: address }),
    },
    sent,
    checked,
    host: hostName(library, asked, header, port),
  };
}

/** What says where a tunnel leads is an option of a client, the path of its request, or the server name alone. */
function askedFrom(
  asked: string | null,
  target: Way['target'],
  servername: string | null,
  farEnd: string | null,
): Origin {
  if (asked === null) return 'unknown';
  if (target !== null) return 'client-option';
  return farEnd !== null && asked === servername ? 'option-servername' : 'option-host';
}

function sentName(
  { options, undici, hostHeader }: Sighting,
  library: Library,
  asked: ChosenName,
  servername: string | null,
  header: string | null,
): ChosenName {
  if (servername === null) {
    const { servername: given } = options;
    const name = text(options.host) ?? asked.value ?? '';
    if (isIP(name) > 0 || (name === '' && asked.from !== 'unknown'))
      return { value: null, from: 'not-sent-for-ip' };
    // An agent of https gives an empty one where the Host header is an address.
    if (given === '' && hostHeader !== null && isIP(hostOfHeader(hostHeader)) > 0) {
      return { value: null, from: 'not-sent-for-ip' };
    }
    return { value: null, from: given === '' ? 'switched-off' : 'not-sent-by-client' };
  }
  let from: Origin = 'option-servername';
  // `tls.connect` itself never makes one from the host.
  if (library.client === 'tls' && library.text === null) return { value: servername, from };
  if (sameText(servername, asked.value) || sameText(servername, text(options.host))) from = asked.from;
  else if (text(undici?.servername) === servername) from = 'host-header';
  else if (
    header !== null &&
    hostOfHeader(header) === servername &&
    library.client !== 'undici' &&
    library.client !== 'fetch'
  ) {
    from = 'host-header';
  }
  return { value: servername, from };
}

function hostName(library: Library, asked: ChosenName, header: string | null, port: number): ChosenName {
  if (clientProfiles[library.client].hostHeader === 'none') return { value: null, from: asked.from };
  if (header === null || sameText(hostOfHeader(header), asked.value)) {
    return { value: header ?? authorityOf(asked.value, port), from: asked.from };
  }
  return { value: header, from: 'host-header' };
}

/** The header of the request, else one among the options. */
function hostHeaderOf({ hostHeader, options, undici }: Sighting): string | null {
  if (hostHeader !== null) return hostHeader;
  const words = text(undici?.servername);
  if (words !== null && words !== text(undici?.hostname)) return words;
  const { headers } = options;
  if (typeof headers !== 'object' || headers === null) return null;
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === 'host' && typeof value === 'string') return value;
  }
  return null;
}

/** Clients that resolve the host that was asked before they connect: it is that host that was dialled. */
const resolveThemselves: ReadonlySet<string> = new Set(['nodemailer', 'grpc-js', 'tedious']);

/** Clients that are given a URL, and whose options alone would not say so. */
const givenUrls: ReadonlySet<string> = new Set([
  'fetch',
  'undici',
  'undici-proxy',
  'https-proxy-agent',
  'axios',
  'got',
  'superagent',
  'node-fetch',
  'ws',
  'http2',
  'http-proxy',
  'httpxy',
  'elasticsearch',
]);

function byUrl({ options }: Sighting, { client }: Library): boolean {
  return text(options.href) !== null || givenUrls.has(client);
}

/** Where Node keeps the host a socket was connected to by name. */
function hostOfSocket({ socket }: ConnectOptions): string | null {
  return typeof socket === 'object' && socket !== null ? text((socket as { _host?: unknown })._host) : null;
}

function portInHref({ href }: ConnectOptions): number | null {
  const url = text(href);
  return url !== null && URL.canParse(url) ? Number(new URL(url).port) || null : null;
}

function authorityOf(host: string | null, port: number): string | null {
  if (host === null) return null;
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? name : `${name}:${port}`;
}

function sameText(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one.toLowerCase() === other.toLowerCase();
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
