import type { FoundIn } from './missing-name.ts';
import { configuredName } from './configured-name.ts';
import { certificatesOf, inlineCertificate, type CertificateSecret } from './kubernetes-certificates.ts';
import { objectText, type KubernetesObject } from './kubernetes-object.ts';
import { isCommonName, missingName } from './missing-name.ts';
import type { ServerCertificate } from './server-certificate.ts';
import type { YamlValue } from './yaml-value.ts';

/** Kinds that serve hosts with a Secret. */
export const hostKinds: RegExp = /^(?:Ingress|IngressRoute|IngressRouteTCP|Gateway)$/;

/** A host that an object serves, and the certificates that it serves it with. */
interface ServedHost {
  readonly host: string;
  readonly value: YamlValue;
  readonly certificates: readonly ServerCertificate[];
}

/**
 * The hosts that an object serves with a certificate of the tree: each has to be on it.
 *
 * | object                   | hosts                                                             | certificate                         |
 * |--------------------------|-------------------------------------------------------------------|-------------------------------------|
 * | Ingress                  | `tls[].hosts`; where there are none, of all rules                 | `tls[].secretName`                  |
 * | Gateway                  | `listeners[].hostname`                                            | `listeners[].tls.certificateRefs`   |
 * | Gateway of Istio         | `servers[].hosts`                                                 | `servers[].tls.credentialName`      |
 * | IngressRoute of Traefik  | `Host()` and `HostSNI()` of `routes[].match`                      | `tls.secretName`                    |
 * | Route of OpenShift       | `host`                                                            | `tls.certificate`                   |
 */
export function checkHosts(
  object: KubernetesObject,
  secrets: readonly CertificateSecret[],
): readonly FoundIn[] {
  const hosts = readers[object.kind]?.(object, secrets) ?? [];
  const known = hosts.flatMap((each) => {
    const name = configuredName(each.host);
    return name === null ? [] : [{ ...each, name }];
  });
  return known.flatMap(({ host, name, value, certificates }) => {
    const wanted = known.filter((each) => each.certificates[0] === certificates[0]).map((each) => each.name);
    const missing = missingName({
      name,
      used: `${objectText(object)} serves ${name.value}`,
      certificates,
      wanted,
    });
    if (missing === null) return [];
    const isWarned = certificates.some((certificate) => isCommonName(name, certificate));
    const severity = isWarned ? ({ severity: 'warning' } as const) : {};
    return [{ ...missing, ...severity, file: value.file, ...value.placeOf(host) }];
  });
}

type Reader = (object: KubernetesObject, secrets: readonly CertificateSecret[]) => readonly ServedHost[];

const readers: Readonly<Record<string, Reader>> = {
  Ingress: (object, secrets) => {
    const spec = object.value.get('spec');
    const rules = (spec?.get('rules')?.items ?? []).flatMap((rule) => rule.get('host') ?? []);
    return (spec?.get('tls')?.items ?? []).flatMap((tls) => {
      const certificates = ofSecret(tls.get('secretName'), object, secrets);
      const own = tls.get('hosts')?.items ?? [];
      return served(own.length > 0 ? own : rules, certificates);
    });
  },
  Gateway: (object, secrets) =>
    object.apiVersion.startsWith('networking.istio.io/')
      ? istioHosts(object, secrets)
      : listenerHosts(object, secrets),
  IngressRoute: ruleHosts,
  IngressRouteTCP: ruleHosts,
  Route: (object) => {
    const pem = object.value.at('spec', 'tls', 'certificate')?.text ?? '';
    const certificate = inlineCertificate(pem, `in ${objectText(object)}`);
    const host = object.value.at('spec', 'host');
    return certificate === null || host === undefined ? [] : served([host], [certificate]);
  },
};

function listenerHosts(
  object: KubernetesObject,
  secrets: readonly CertificateSecret[],
): readonly ServedHost[] {
  return (object.value.at('spec', 'listeners')?.items ?? []).flatMap((listener) => {
    const hostname = listener.get('hostname');
    const references = listener.at('tls', 'certificateRefs')?.items ?? [];
    const found = references.map((reference) => {
      const namespace = reference.get('namespace')?.text ?? object.namespace;
      return (reference.get('kind')?.text ?? 'Secret') === 'Secret'
        ? certificatesOf(reference.get('name')?.text ?? '', namespace, object, secrets)
        : [];
    });
    // One that is not known may have the name.
    const isKnown = found.every((certificates) => certificates.length > 0);
    return hostname === undefined || !isKnown ? [] : served([hostname], found.flat());
  });
}

function istioHosts(object: KubernetesObject, secrets: readonly CertificateSecret[]): readonly ServedHost[] {
  return (object.value.at('spec', 'servers')?.items ?? []).flatMap((server) => {
    const name = server.at('tls', 'credentialName')?.text ?? '';
    // It is of the namespace of the gateway's pods, whatever that is.
    const certificates = certificatesOf(name, null, object, secrets);
    return (server.get('hosts')?.items ?? []).map((value) => ({
      host: (value.text ?? '').replace(/^[^/]*\//, ''),
      value,
      certificates,
    }));
  });
}

function ruleHosts(object: KubernetesObject, secrets: readonly CertificateSecret[]): readonly ServedHost[] {
  const certificates = ofSecret(object.value.at('spec', 'tls', 'secretName'), object, secrets);
  return (object.value.at('spec', 'routes')?.items ?? []).flatMap((route) => {
    const match = route.get('match');
    return [...(match?.text ?? '').matchAll(/(!\s*)?\bHost(?:SNI)?\(([^()]*)\)/g)].flatMap(
      ([, not, inside = '']) =>
        not !== undefined || match === undefined
          ? []
          : [...inside.matchAll(/[`"']([^`"']*)[`"']/g)].map(([, host = '']) => ({
              host,
              value: match,
              certificates,
            })),
    );
  });
}

function ofSecret(
  name: YamlValue | undefined,
  object: KubernetesObject,
  secrets: readonly CertificateSecret[],
): readonly ServerCertificate[] {
  return certificatesOf(name?.text ?? '', object.namespace, object, secrets);
}

function served(
  values: readonly YamlValue[],
  certificates: readonly ServerCertificate[],
): readonly ServedHost[] {
  return values.map((value) => ({ host: value.text ?? '', value, certificates }));
}
