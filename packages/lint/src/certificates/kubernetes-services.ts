import type { Identifier } from '@altname/core';
import type { TextFile } from '../text-file.ts';
import { configuredName, isPresented } from './configured-name.ts';
import { serverInBundle, type CertificateSecret } from './kubernetes-certificates.ts';
import { mayBeSame, nearest, objectText, type KubernetesObject } from './kubernetes-object.ts';
import type { KubernetesManifests } from './kubernetes-manifests.ts';
import { podKinds, secretsBehind, workloadsOf, type Workload } from './kubernetes-pods.ts';
import { hooksOf, policiesOf, urlsOf, type ServiceUse } from './kubernetes-uses.ts';
import { isCommonName, missingName, presentedText, shownName, type FoundIn } from './missing-name.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** A Service whose pods have certificates of the tree. */
interface ServedService {
  readonly service: KubernetesObject;
  readonly file: TextFile;
  readonly secrets: readonly CertificateSecret[];
  readonly certificates: readonly ServerCertificate[];
}

const mostUses = 5000;

/**
 * The certificates that the pods of a Service mount, against the names that the Service is reached by.
 *
 * | the manifests say                                                                      | and no certificate has the name         |
 * |----------------------------------------------------------------------------------------|-----------------------------------------|
 * | a webhook of the API server calls the Service                                          | error: it asks for `NAME.NAMESPACE.svc` |
 * | a URL over TLS has `NAME`, `NAME.NAMESPACE`, `….svc` or `….svc.cluster.local`          | error, at the URL                       |
 * | a BackendTLSPolicy has a name for the Service                                          | error, at the name                      |
 * | nothing of that; it is reached in the cluster alone and by nothing that asks for names of its own, by a port for TLS, and no certificate has any of the four | warning, at its name |
 *
 * Where the pods of a webhook have none, its certificate is the one of `cert-manager.io/inject-ca-from`, and a `caBundle`
 * that is no authority.
 */
export function checkServices(
  manifests: KubernetesManifests,
  secrets: readonly CertificateSecret[],
  secretNames: readonly string[],
): readonly FoundIn[] {
  const read = (kinds: RegExp, words: readonly string[]): readonly KubernetesObject[] =>
    manifests.named(manifests.read(kinds, words));
  const workloads = workloadsOf(read(podKinds, secretNames), secrets);
  const services = workloads.length === 0 ? [] : read(/^Service$/, ['selector']);
  const served = services.flatMap((service) => servedBy(service, workloads));
  const names = [...new Set(served.map(({ service }) => service.name))];
  const uses = [
    ...read(/^(?:Validating|Mutating)WebhookConfiguration$/, ['webhooks']).flatMap(hooksOf),
    ...read(/^BackendTLSPolicy$/, names).flatMap(policiesOf),
    ...[...read(podKinds, names), ...read(/^ConfigMap$/, names)].flatMap(urlsOf),
  ].slice(0, mostUses);
  const used = new Set<KubernetesObject>();
  const found = uses.flatMap((use) => {
    const near = servicesOf(use, served);
    for (const { service } of near) used.add(service);
    const own = near.flatMap((each) => each.certificates);
    return checkUse(use, near.length > 0 ? own : ofHook(use, secrets));
  });
  const unused = served.filter(
    ({ service }) => !used.has(service) && !manifests.isNamedIn(fronts, service.name),
  );
  return [...found, ...unused.flatMap(checkUnused)];
}

/** What stands in front of Services, and asks them for names of its own. */
const fronts =
  /Ingress|Route|Gateway|Policy|Rule|Transport|Virtual|Backend|Monitor|APIService|Proxy|Mapping|ServiceEntry/;

function servedBy(service: KubernetesObject, workloads: readonly Workload[]): readonly ServedService[] {
  const behind = secretsBehind(service, workloads);
  const certificates = behind.flatMap(({ certificate, isServers }) => (isServers ? (certificate ?? []) : []));
  // One that is not known may have every name.
  if (certificates.length === 0 || behind.some(({ certificate }) => certificate === null)) return [];
  return [{ service, file: service.file, secrets: behind, certificates }];
}

function servicesOf(use: ServiceUse, served: readonly ServedService[]): readonly ServedService[] {
  const candidates = served.filter(
    ({ service }) => service.name === use.service && mayBeSame(service.namespace, use.namespace),
  );
  return nearest(candidates, use.user);
}

function checkUse(
  { name, used, file, start, end }: ServiceUse,
  certificates: readonly ServerCertificate[],
): readonly FoundIn[] {
  const missing = missingName({ name, used, certificates, wanted: [] });
  if (missing === null) return [];
  const isWarned = certificates.some((certificate) => isCommonName(name, certificate));
  return [{ ...missing, ...(isWarned ? { severity: 'warning' as const } : {}), file, start, end }];
}

function ofHook(
  { hook, user }: ServiceUse,
  secrets: readonly CertificateSecret[],
): readonly ServerCertificate[] {
  if (hook === undefined) return [];
  const reference = user.value.at('metadata', 'annotations', 'cert-manager.io/inject-ca-from')?.text ?? '';
  const [namespace = '', name] = reference.split('/');
  const made = nearest(
    secrets.filter(({ madeBy }) => madeBy?.name === name && mayBeSame(madeBy?.namespace ?? null, namespace)),
    user,
  );
  if (made.length > 0) {
    return made.flatMap(({ certificate, isServers }) => (isServers ? (certificate ?? []) : []));
  }
  const bundle = hook.at('clientConfig', 'caBundle')?.text ?? '';
  const certificate = serverInBundle(bundle, `in the caBundle of ${objectText(user)}`);
  return certificate === null ? [] : [certificate];
}

function checkUnused({ service, certificates, secrets }: ServedService): readonly FoundIn[] {
  const { name, namespace, value } = service;
  const spec = value.get('spec');
  const type = spec?.get('type')?.text ?? 'ClusterIP';
  const isForTls = (spec?.get('ports')?.items ?? []).some(
    (port) =>
      /^(?:443|8443|6443|9443)$/.test(port.get('port')?.text ?? '') ||
      /^(?:https|grpcs|tls)/.test(port.get('name')?.text ?? ''),
  );
  if (type !== 'ClusterIP' || !isForTls || spec?.get('externalIPs') !== undefined) return [];
  // One that has an address of its own is reached by that.
  if (/^[\d.]+$|:/.test(spec?.get('clusterIP')?.text ?? '')) return [];
  if (secrets.some((secret) => !secret.isServers)) return [];
  const forms = namesOf(name, namespace);
  if (certificates.some(({ names }) => forms.some((form) => isPresented(form, names)))) return [];
  // Of a Service whose namespace is not known, and of single pods of it.
  const below = new RegExp(`(?:^|\\.)${name.replaceAll('.', '\\.')}(?:\\.|$)`);
  if (certificates.some(({ names }) => names.dns.some((each) => below.test(each)))) return [];
  const [first] = certificates;
  const at = value.at('metadata', 'name');
  if (first === undefined || at === undefined) return [];
  const shown = forms.map(shownName).join(', ');
  return [
    {
      code: 'name-not-on-certificate',
      severity: 'warning',
      message: `The pods of ${objectText(service)} have the certificate ${first.where}, on which is none of the names of the Service (${shown}): ${presentedText(null, first.names)}.`,
      file: value.file,
      start: at.start,
      end: at.end,
    },
  ];
}

function namesOf(name: string, namespace: string | null): readonly Identifier[] {
  const below =
    namespace === null ? [''] : ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`];
  return below.flatMap((each) => configuredName(`${name}${each}`) ?? []);
}
