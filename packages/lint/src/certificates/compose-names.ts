import type { Identifier } from '@altname/core';
import type { ComposeProject } from './compose-project.ts';
import type { ComposeService, Written } from './compose-service.ts';
import { configuredName } from './configured-name.ts';
import type { Place } from './yaml-value.ts';

/** A name under which a service is reached, and where that is said. */
export interface ReachName {
  readonly name: Identifier;
  /** The one network that it is known in; null for every one. */
  readonly network: string | null;
  readonly value: Place;
}

/**
 * The names of a service, which others of its networks reach it by: its own, `container_name`, `hostname` (with
 * `domainname`), the aliases and addresses of its networks. None of its own where it has the network of something else.
 */
export function reachNames(service: ComposeService): readonly ReachName[] {
  const known = reached.get(service);
  if (known !== undefined) return known;
  const found: ReachName[] = [];
  reached.set(service, found);
  const add = (text: string | undefined, value: Place | undefined, network: string | null = null): void => {
    const name = text === undefined ? null : configuredName(text);
    if (name !== null && value !== undefined) found.push({ name, network, value });
  };
  if (!hasNetworkOfOther(service)) add(service.key, service.place);
  const hostname = service.one('hostname');
  const domain = service.one('domainname');
  add(service.one('container_name')?.text, service.one('container_name')?.value);
  add(hostname?.text, hostname?.value);
  if (hostname !== null && domain !== null) add(`${hostname.text}.${domain.text}`, domain.value);
  for (const networks of service.all('networks')) {
    for (const { key, value } of networks.entries) {
      for (const alias of value.get('aliases')?.items ?? []) add(service.written(alias)?.text, alias, key);
      for (const kind of ['ipv4_address', 'ipv6_address']) {
        const address = value.get(kind);
        add(service.written(address)?.text, address, key);
      }
    }
  }
  return found;
}

/** Each service is asked once for each name that is used. */
const reached = new WeakMap<ComposeService, readonly ReachName[]>();

/** `links: ["db:database"]`: what a service alone calls another. */
export function linksOf(service: ComposeService): readonly { key: string; name: Identifier; value: Place }[] {
  return service.all('links').flatMap(({ items }) =>
    items.flatMap((item) => {
      const [key = '', alias = key] = (service.written(item)?.text ?? '').split(':');
      const name = configuredName(alias);
      return name === null ? [] : [{ key, name, value: item }];
    }),
  );
}

/** `host:address`, `host=address`, or a mapping: what a service alone finds at an address. */
export function extraHosts(
  service: ComposeService,
): readonly { readonly name: Identifier; readonly address: string; readonly value: Place }[] {
  return service.all('extra_hosts').flatMap((value) => {
    const pairs = [
      ...value.items.flatMap((item) => {
        const [, host = '', address = ''] =
          /^([^:=]+)[:=](.+)$/.exec(service.written(item)?.text ?? '') ?? [];
        return [{ host, address, value: item }];
      }),
      ...value.entries.map((entry) => ({
        host: entry.key,
        address: service.written(entry.value)?.text ?? '',
        value: entry.name,
      })),
    ];
    return pairs.flatMap(({ host, address, value: at }) => {
      const name = configuredName(host);
      return name === null ? [] : [{ name, address: address.replace(/^\[(.*)\]$/, '$1'), value: at }];
    });
  });
}

/** Ports of the machine that lead to a service, and those of the service that they lead to. */
function publishedPorts(service: ComposeService): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { items } of service.all('ports')) {
    for (const item of items) {
      const text = service.written(item)?.text;
      const [, published = '', target = ''] =
        text === undefined
          ? [
              '',
              service.written(item.get('published'))?.text ?? '',
              service.written(item.get('target'))?.text ?? '',
            ]
          : (/(?:^|:)(\d+):(\d+)(?:\/tcp)?$/.exec(text) ?? []);
      if (published !== '' && target !== '') found.set(Number(published), Number(target));
    }
  }
  return found;
}

/** Whether others than the services of the project may reach a service, by names that the project does not know. */
export function isReachedFromOutside(service: ComposeService, { tops }: ComposeProject): boolean {
  if (hasNetworkOfOther(service)) return true;
  if (service.all('ports').some(({ items }) => items.length > 0)) return true;
  if (service.all('labels').length > 0 || service.all('external_links').length > 0) return true;
  return networksOf(service).some((network) =>
    tops.some((top) => {
      const external = top.at('networks', network, 'external');
      return external !== undefined && external.text !== 'false';
    }),
  );
}

/** The services that a name leads to, as one of them asks, or as something beside them does. */
export function servicesAt(
  name: Identifier,
  port: number | null,
  user: ComposeService | null,
  { services }: ComposeProject,
): readonly ComposeService[] {
  if (isOwnMachine(name)) return atPublished(port, user, services);
  for (const extra of user === null ? [] : extraHosts(user)) {
    if (extra.name.value !== name.value) continue;
    if (extra.address === 'host-gateway') return atPublished(port, null, services);
    const address = configuredName(extra.address);
    if (address === null) return [];
    return isOwnMachine(address) ? (user === null ? [] : [user]) : withName(address, user, services);
  }
  const link = user === null ? undefined : linksOf(user).find((each) => each.name.value === name.value);
  if (link !== undefined) return services.filter(({ key }) => key === link.key);
  return withName(name, user, services);
}

export function isOwnMachine({ value }: Identifier): boolean {
  return value === 'localhost' || value.endsWith('.localhost') || value === '::1' || value.startsWith('127.');
}

function withName(
  name: Identifier,
  user: ComposeService | null,
  services: readonly ComposeService[],
): readonly ComposeService[] {
  const from = user === null ? null : networksOf(user);
  return services.filter((service) =>
    reachNames(service).some((reach) => {
      if (reach.name.value !== name.value) return false;
      if (from === null || service === user) return true;
      return reach.network === null
        ? networksOf(service).some((each) => from.includes(each))
        : from.includes(reach.network);
    }),
  );
}

/** A service is on its own machine what it listens on; on that of everybody it is what it publishes. */
function atPublished(
  port: number | null,
  user: ComposeService | null,
  services: readonly ComposeService[],
): readonly ComposeService[] {
  if (port === null) return [];
  return services.filter((service) => {
    const ports = publishedPorts(service);
    return ports.has(port) || (service === user && [...ports.values()].includes(port));
  });
}

function networksOf(service: ComposeService): readonly string[] {
  if (hasNetworkOfOther(service)) return [];
  const named = service
    .all('networks')
    .flatMap(({ items, entries }) => [
      ...items.flatMap(({ text }) => text ?? []),
      ...entries.map(({ key }) => key),
    ]);
  return named.length === 0 ? ['default'] : named;
}

function hasNetworkOfOther(service: ComposeService): boolean {
  const mode: Written | null = service.one('network_mode');
  return mode !== null && /^(?:host|none|service:|container:)/.test(mode.text);
}
