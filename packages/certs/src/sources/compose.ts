import { AltnameError, printable } from '@altname/core';
import { parseWantedName } from '../names/wanted-name.ts';
import { interpolated } from './compose-variables.ts';
import { isDevelopmentName } from './development-name.ts';
import type { NamesFound } from './name-in-use.ts';
import { hostOfUrl, ruleHosts } from './rule-hosts.ts';
import { asMapping, asText, entriesOf, itemsOf, type Mapping } from './yaml-documents.ts';

/**
 * The names by which the services of a Compose file are reached.
 *
 * | in the file                             | names                                                           |
 * |-----------------------------------------|-----------------------------------------------------------------|
 * | `services.db`                           | `db`; none of its own with `network_mode` none, host, service:… |
 * | `container_name` `hostname`             | that; with `domainname`, `hostname.domainname` too              |
 * | `networks.*.aliases` `links: [db:name]` | each alias; `ipv4_address` and `ipv6_address` too               |
 * | `extra_hosts`                           | each host; the address is where it leads, not a name            |
 * | `ports`, `network_mode: host`           | `localhost`, and the address that a port is bound to            |
 * | labels of Traefik and Caddy             | the hosts of rules, and of `tls.domains`                        |
 * | environment: {@link servedVariables}    | its host                                                        |
 * | environment: any other URL              | its host when it is one of these names, or of development       |
 *
 * Every other host of a URL is somebody else's: it is entered with that reason and no name.
 */
export function composeNames(document: Mapping, found: NamesFound): void {
  const services = entriesOf(document['services']).flatMap(([key, value]) => {
    const service = asMapping(value);
    return service === null ? [] : [{ key, service, place: `services.${key}` }];
  });
  for (const file of itemsOf(document['include'])) {
    const path = asText(file) ?? asText(asMapping(file)?.['path']) ?? 'more';
    found.refuse(path, 'include', `its names are not read; give that file as well`);
  }
  for (const { key, service, place } of services) reachedNames(key, service, place, found);
  for (const { service, place } of services) environmentNames(service['environment'], place, found);
}

/** Variables by which images are told the host they are served under. */
const servedVariables =
  /^(?:VIRTUAL_HOST|LETSENCRYPT_HOST|KC_HOSTNAME|GF_SERVER_ROOT_URL|GITEA__server__ROOT_URL|NEXTAUTH_URL|ORIGIN|(?:PUBLIC|APP|SITE|ROOT|EXTERNAL|CANONICAL)_(?:URL|HOST|HOSTNAME|DOMAIN))$/;

function reachedNames(key: string, service: Mapping, place: string, found: NamesFound): void {
  const add = (value: unknown, where: string): void => {
    const text = asText(value);
    if (text !== null) addInterpolated(text, where === '' ? place : `${place}.${where}`, found);
  };
  const mode = asText(service['network_mode']) ?? '';
  if (mode === 'host') add('localhost', 'network_mode');
  if (!/^(?:host|none|service:|container:)/.test(mode)) add(key, '');
  add(service['container_name'], 'container_name');
  const hostname = asText(service['hostname']);
  const domain = asText(service['domainname']);
  add(hostname, 'hostname');
  if (hostname !== null && domain !== null) add(`${hostname}.${domain}`, 'domainname');
  for (const [network, value] of entriesOf(service['networks'])) {
    const settings = asMapping(value) ?? {};
    for (const alias of itemsOf(settings['aliases'])) add(alias, `networks.${network}`);
    add(settings['ipv4_address'], `networks.${network}`);
    add(settings['ipv6_address'], `networks.${network}`);
  }
  for (const link of [...itemsOf(service['links']), ...itemsOf(service['external_links'])]) {
    add(asText(link)?.split(':')[1], 'links');
  }
  for (const host of extraHosts(service['extra_hosts'])) add(host, 'extra_hosts');
  for (const port of itemsOf(service['ports'])) publishedNames(port, add);
  for (const labels of [service['labels'], asMapping(service['deploy'])?.['labels']]) {
    for (const [label, value] of pairsOf(labels, found)) labelNames(label, value, `${place}.labels`, found);
  }
  const base = asMapping(service['extends']);
  const file = asText(base?.['file']);
  if (file !== null) {
    const why = 'the service it extends is in that file, which is not read; give it as well';
    found.refuse(file, `${place}.extends`, why);
  }
}

/** `host:address`, `host=address`, or a mapping. */
function extraHosts(value: unknown): string[] {
  return [
    ...itemsOf(value).flatMap((item) => asText(item)?.split(/[:=]/, 1) ?? []),
    ...Object.keys(asMapping(value) ?? {}),
  ];
}

/** A published port is reached from this machine, or by the address that it is bound to. */
function publishedNames(port: unknown, add: (value: unknown, where: string) => void): void {
  const text = asText(port);
  const bound =
    text === null
      ? asText(asMapping(port)?.['host_ip'])
      : (/^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+)):/.exec(text)?.slice(1).find(Boolean) ?? null);
  const everywhere = bound === null || bound === '0.0.0.0' || bound === '::';
  if (everywhere || bound === '::1' || bound.startsWith('127.')) add('localhost', 'ports');
  if (!everywhere) add(bound, 'ports');
}

function labelNames(label: string, value: string, place: string, found: NamesFound): void {
  const isRule = /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/i.test(label);
  if (isRule) {
    const text = valueOf(value, place, found);
    if (text !== null) for (const host of ruleHosts(text)) enterRuleHost(host, place, found);
  } else if (
    /^traefik\..*\.tls\.domains\[\d+\]\.(?:main|sans)$/i.test(label) ||
    /^caddy(?:_\d+)?$/.test(label)
  ) {
    const text = valueOf(value, place, found);
    for (const each of (text ?? '').split(/[\s,]+/)) {
      const host = hostOfUrl(each) ?? each.replace(/:\d+$/, '');
      if (host !== '') found.add(host, place);
    }
  }
}

function enterRuleHost(host: { text: string; pattern: boolean }, place: string, found: NamesFound): void {
  if (host.pattern) {
    found.refuse(host.text, place, 'a regular expression is no name; ask for the names that it stands for');
  } else {
    found.add(host.text, place);
  }
}

function environmentNames(environment: unknown, service: string, found: NamesFound): void {
  for (const [variable, value] of pairsOf(environment, found)) {
    const place = `${service}.environment.${variable}`;
    if (servedVariables.test(variable)) {
      const text = valueOf(value, place, found);
      for (const each of (text ?? '').split(',')) {
        const host = hostOfUrl(each.trim()) ?? each.trim().replace(/:\d+$/, '');
        if (host !== '') found.add(host, place);
      }
    } else if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
      const text = valueOf(value, place, found);
      const host = text === null ? null : hostOfUrl(text);
      if (host !== null && host !== '') usedHost(host, place, found);
    }
  }
}

/** A host that something here connects to, which is a name of this file only when something here answers to it. */
function usedHost(host: string, place: string, found: NamesFound): void {
  try {
    const name = parseWantedName(host);
    if (!found.has(name) && !isDevelopmentName(name)) {
      found.refuse(
        host,
        place,
        `${printable(host, 120)} is not run here; name it yourself when this certificate is for it`,
      );
      return;
    }
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
  }
  found.add(host, place);
}

function addInterpolated(text: string, place: string, found: NamesFound): void {
  const value = valueOf(text, place, found);
  if (value !== null) found.add(value, place);
}

/** The text with its variables filled in; null, and the reason entered, when the file does not say what they are. */
function valueOf(text: string, place: string, found: NamesFound): string | null {
  const { value, unknown } = interpolated(text);
  if (unknown === null) return value;
  const why = `\${${printable(unknown, 60)}} is not known here; give what this prints: docker compose config`;
  found.refuse(text, place, why);
  return null;
}

/** `KEY: value`, or a list of `KEY=value`. */
function* pairsOf(value: unknown, found: NamesFound): Generator<[string, string]> {
  const pairs: [string, unknown][] = Array.isArray(value)
    ? value.map((item) => {
        const [key = '', ...rest] = (asText(item) ?? '').split('=');
        return [key, rest.join('=')];
      })
    : entriesOf(value);
  for (const [key, each] of pairs) {
    found.step();
    const text = asText(each);
    if (text !== null) yield [key, text];
  }
}
