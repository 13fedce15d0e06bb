import type { Node } from 'yaml';
import type { Fault } from '../text/passage.ts';
import { goServerNameFault, isAddress, isLoopback } from '../text/server-name.ts';
import type { Found } from '../text-file.ts';
import type { YamlTree } from '../yaml/tree.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

export const exampleName = 'api.internal.example';

/** How Traefik speaks to servers over TLS, in its static and its dynamic configuration. Keys are in any case. */
export const traefik: Format = yamlFormat({
  name: 'a configuration of Traefik',
  mayBe: (path) => /\.ya?ml$/.test(path),
  claims: ({ text }) =>
    /^[ \t]*["']?(?:serversTransports?|loadBalancer)["']?[ \t]*:/im.test(text) &&
    !/^[ \t]*(?:- )?apiVersion:/m.test(text),
  marks: /serversTransport|https:/i,
  *find(tree) {
    for (const { key, value, path, map } of tree.entries()) {
      const name = key.text.toLowerCase();
      if (path.some((each) => /^serversTransports?$/i.test(each))) {
        const text = tree.text(value);
        if (text === null) continue;
        if (name === 'insecureskipverify' && /^(?:true|1|t)$/i.test(text.text)) {
          yield tree.span(key, text).found(verificationOff);
        }
        if (name === 'servername') {
          const fault = goServerNameFault('serverName', text.text, `serverName: ${exampleName}`);
          if (fault !== null) yield tree.span(key, text).found(fault);
        }
      } else if (name === 'servers' && path.at(-1)?.toLowerCase() === 'loadbalancer') {
        const transport = tree.text(entry(tree, map, 'serverstransport'));
        if (!isNamed(tree, transport?.text)) yield* ofServers(tree, value);
      }
    }
  },
});

/** Whether a transport has a name of its own, or is not known: it may be of another file, or of another provider. */
function isNamed(tree: YamlTree, transport: string | undefined): boolean {
  if (transport === undefined) return false;
  const transports = entry(tree, entry(tree, tree.root, 'http'), 'serverstransports');
  const found = entry(tree, transports, transport.replace(/@file$/, '').toLowerCase());
  return found === undefined || entry(tree, found, 'servername') !== undefined;
}

function* ofServers(tree: YamlTree, servers: Node): Generator<Found, void> {
  for (const server of tree.items(servers)) {
    const url = tree.text(entry(tree, server, 'url'));
    const host = url === null ? undefined : /^https:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(url.text)?.[1];
    if (url !== null && host !== undefined && isAddress(host) && !isLoopback(host)) {
      yield url.found(addressWithoutName);
    }
  }
}

/** @param name in lower case */
function entry(tree: YamlTree, map: Node | null | undefined, name: string): Node | undefined {
  for (const { key, value } of tree.pairs(map)) if (key.text.toLowerCase() === name) return value;
  return undefined;
}

export const verificationOff: Fault = {
  code: 'no-disabled-verification',
  message:
    'insecureSkipVerify: true: Traefik takes any certificate, and hands what it passes on to whoever answers.',
  hint: `rootCAs: [/etc/traefik/upstream-ca.pem], and serverName: ${exampleName} where a server is an address`,
};

export const addressWithoutName: Fault = {
  code: 'no-ip-servername',
  severity: 'warning',
  message:
    'The server is an address, and no serverName is given: Traefik sends no server name, and only a certificate with that address is right.',
  hint: `a serversTransport with serverName: ${exampleName}`,
};
