import { printable } from '@altname/core';
import type { NamesFound } from './name-in-use.ts';
import { ruleHosts } from './rule-hosts.ts';
import { asMapping, asText, itemsOf, type Mapping } from './yaml-documents.ts';

/** Where in a cluster the objects live. */
export interface Cluster {
  /** `cluster.local` unless the cluster was given another. */
  readonly domain: string;
  /** Of objects that name none. */
  readonly namespace: string;
}

/**
 * The names by which the objects of a Kubernetes manifest are reached.
 *
 * | object                                       | names                                                        |
 * |----------------------------------------------|--------------------------------------------------------------|
 * | Service `svc`                                | `svc`, `svc.ns`, `svc.ns.svc`, `svc.ns.svc.DOMAIN`; the addresses it names |
 * | StatefulSet of a headless Service            | `pod-0.svc` and so on, the same four ways, for each replica  |
 * | Pod with `hostname` and `subdomain`          | `hostname.subdomain`, the same four ways                     |
 * | Ingress, Route, Gateway, HTTPRoute, TLSRoute, GRPCRoute | its hosts                                         |
 * | Gateway and VirtualService of Istio, IngressRoute of Traefik | its hosts                                    |
 * | Certificate of cert-manager                  | its names                                                    |
 * | List                                         | those of its items                                           |
 *
 * A Service of type ExternalName is an alias: it is entered with that reason and no name. Other kinds have no names.
 */
export function kubernetesNames(documents: readonly unknown[], cluster: Cluster, found: NamesFound): void {
  const objects = documents.flatMap((document) => objectsOf(document, cluster, found, 0));
  const services = new Map<string, boolean>();
  for (const { kind, name, namespace, spec } of objects) {
    if (kind === 'Service') services.set(`${namespace}/${name}`, spec['clusterIP'] === 'None');
  }
  for (const object of objects) {
    found.step();
    readers[object.kind]?.(object, found, services);
  }
}

interface KubernetesObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly domain: string;
  readonly place: string;
  readonly spec: Mapping;
  readonly status: Mapping;
}

type Reader = (object: KubernetesObject, found: NamesFound, headless: ReadonlyMap<string, boolean>) => void;

/** More pods of one set than a certificate should list. */
const mostReplicas = 100;

const readers: Readonly<Record<string, Reader>> = {
  Service: serviceNames,
  StatefulSet: statefulSetNames,
  Pod: podNames,
  Ingress: ({ spec, place }, found) => {
    for (const rule of itemsOf(spec['rules'])) addEach([asMapping(rule)?.['host']], place, found);
    for (const tls of itemsOf(spec['tls'])) addEach(itemsOf(asMapping(tls)?.['hosts']), place, found);
  },
  Route: ({ spec, place }, found) => addEach([spec['host']], place, found),
  Gateway: ({ spec, place }, found) => {
    for (const listener of itemsOf(spec['listeners'])) {
      addEach([asMapping(listener)?.['hostname']], place, found);
    }
    for (const server of itemsOf(spec['servers'])) {
      addEach(itemsOf(asMapping(server)?.['hosts']).map(withoutNamespace), place, found);
    }
  },
  HTTPRoute: routeNames,
  TLSRoute: routeNames,
  GRPCRoute: routeNames,
  VirtualService: ({ spec, place }, found) => addEach(itemsOf(spec['hosts']), place, found),
  IngressRoute: ruleNames,
  IngressRouteTCP: ruleNames,
  Certificate: ({ spec, place }, found) => {
    addEach([...itemsOf(spec['dnsNames']), ...itemsOf(spec['ipAddresses'])], place, found);
  },
};

function objectsOf(value: unknown, cluster: Cluster, found: NamesFound, depth: number): KubernetesObject[] {
  const document = asMapping(value);
  if (document === null) return [];
  found.step();
  const kind = asText(document['kind']) ?? '';
  if (kind.endsWith('List') && Array.isArray(document['items'])) {
    if (depth > 8) return [];
    return document['items'].flatMap((item) => objectsOf(item, cluster, found, depth + 1));
  }
  const metadata = asMapping(document['metadata']) ?? {};
  const name = asText(metadata['name']) ?? '';
  const namespace = asText(metadata['namespace']) ?? cluster.namespace;
  const place = `${kind} ${namespace}/${name}`;
  const spec = asMapping(document['spec']) ?? {};
  const status = asMapping(document['status']) ?? {};
  return [{ kind, name, namespace, domain: cluster.domain, place, spec, status }];
}

function serviceNames(object: KubernetesObject, found: NamesFound): void {
  const { name, place, spec, status } = object;
  if (spec['type'] === 'ExternalName') {
    const target = printable(asText(spec['externalName']) ?? '', 120);
    found.refuse(name, place, `an alias for ${target}, whose own certificate has to carry this name`);
    return;
  }
  addInCluster(name, object, found);
  const addresses = [spec['clusterIP'], ...itemsOf(spec['clusterIPs'])].filter(
    (address) => address !== 'None',
  );
  addEach([...new Set(addresses)], place, found);
  addEach([spec['loadBalancerIP'], ...itemsOf(spec['externalIPs'])], place, found);
  for (const ingress of itemsOf(asMapping(status['loadBalancer'])?.['ingress'])) {
    const { ip, hostname } = asMapping(ingress) ?? {};
    addEach([ip, hostname], place, found);
  }
}

function statefulSetNames(
  object: KubernetesObject,
  found: NamesFound,
  services: ReadonlyMap<string, boolean>,
): void {
  const { name, namespace, place, spec } = object;
  const service = asText(spec['serviceName']) ?? '';
  // Pods have names of their own below a headless Service alone.
  if (service === '' || services.get(`${namespace}/${service}`) === false) return;
  const replicas = spec['replicas'] ?? 1;
  const start = asMapping(spec['ordinals'])?.['start'] ?? 0;
  if (!Number.isInteger(replicas) || !Number.isInteger(start) || Number(replicas) > mostReplicas) {
    found.refuse(
      `${name}-N.${service}`,
      place,
      `its replicas are not a number up to ${mostReplicas}; name those you need, or *.${printable(service, 63)}.${printable(namespace, 63)}.svc`,
    );
    return;
  }
  for (let pod = Number(start); pod < Number(start) + Number(replicas); pod++) {
    addInCluster(`${name}-${pod}.${service}`, object, found);
  }
}

function podNames(object: KubernetesObject, found: NamesFound): void {
  const [hostname, subdomain] = [asText(object.spec['hostname']), asText(object.spec['subdomain'])];
  if (hostname !== null && subdomain !== null) addInCluster(`${hostname}.${subdomain}`, object, found);
}

function routeNames({ spec, place }: KubernetesObject, found: NamesFound): void {
  addEach(itemsOf(spec['hostnames']), place, found);
}

function ruleNames({ spec, place }: KubernetesObject, found: NamesFound): void {
  for (const route of itemsOf(spec['routes'])) {
    for (const { text, pattern } of ruleHosts(asText(asMapping(route)?.['match']) ?? '')) {
      if (pattern)
        found.refuse(text, place, 'a regular expression is no name; ask for the names it stands for');
      else found.add(text, place);
    }
  }
}

/** As pods of the same namespace, of others, and by the search domains of resolv.conf in between. */
function addInCluster(name: string, { namespace, domain, place }: KubernetesObject, found: NamesFound): void {
  for (const below of ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.${domain}`]) {
    found.add(`${name}${below}`, place);
  }
}

function addEach(values: readonly unknown[], place: string, found: NamesFound): void {
  for (const value of values) {
    const text = asText(value);
    if (text !== null && text !== '') found.add(text, place);
  }
}

/** Istio writes `namespace/host`. */
function withoutNamespace(value: unknown): string | null {
  return asText(value)?.replace(/^[^/]*\//, '') ?? null;
}
