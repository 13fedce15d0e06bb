import type { TextFile } from '../text-file.ts';
import type { CertificateSecret } from './kubernetes-certificates.ts';
import { mayBeSame, nearest, type KubernetesObject } from './kubernetes-object.ts';
import type { YamlValue } from './yaml-value.ts';

/** Kinds that make pods. */
export const podKinds: RegExp = /^(?:Pod|Deployment|ReplicaSet|StatefulSet|DaemonSet|Job|CronJob)$/;

/** Where the pod of an object is described. */
const templates: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The pod that an object makes; undefined where it makes none. */
export function podOf({ kind, value }: KubernetesObject): YamlValue | undefined {
  const path = templates[kind];
  return path === undefined ? undefined : value.at(...path);
}

export function containersOf(pod: YamlValue): readonly YamlValue[] {
  return ['initContainers', 'containers'].flatMap((key) => pod.at('spec', key)?.items ?? []);
}

/** An object that makes pods, and the Secrets with certificates that they mount. */
export interface Workload {
  readonly file: TextFile;
  readonly namespace: string | null;
  readonly labels: YamlValue;
  readonly secrets: readonly CertificateSecret[];
}

/** The objects whose pods mount certificates of the tree. */
export function workloadsOf(
  objects: readonly KubernetesObject[],
  secrets: readonly CertificateSecret[],
): readonly Workload[] {
  return objects.flatMap((object) => {
    const { file, namespace } = object;
    const pod = podOf(object);
    const labels = pod?.at('metadata', 'labels');
    if (pod === undefined || labels === undefined) return [];
    const mounted = mountedSecrets(pod).flatMap((name) =>
      nearest(
        secrets.filter((secret) => secret.name === name && mayBeSame(secret.namespace, namespace)),
        object,
      ),
    );
    return mounted.length === 0 ? [] : [{ file, namespace, labels, secrets: mounted }];
  });
}

/** The Secrets with certificates that the pods of a Service mount. */
export function secretsBehind(
  service: KubernetesObject,
  workloads: readonly Workload[],
): readonly CertificateSecret[] {
  const selector = service.value.at('spec', 'selector')?.entries ?? [];
  if (selector.length === 0) return [];
  const selected = workloads.filter(
    ({ namespace, labels }) =>
      mayBeSame(namespace, service.namespace) &&
      selector.every(({ key, value }) => value.text !== null && labels.get(key)?.text === value.text),
  );
  return nearest(selected, service).flatMap(({ secrets }) => secrets);
}

function mountedSecrets(pod: YamlValue): readonly string[] {
  const mounted = new Set(
    containersOf(pod).flatMap((container) =>
      (container.get('volumeMounts')?.items ?? []).map((mount) => mount.get('name')?.text ?? ''),
    ),
  );
  return (pod.at('spec', 'volumes')?.items ?? []).flatMap((volume) => {
    if (!mounted.has(volume.get('name')?.text ?? '')) return [];
    const projected = volume.at('projected', 'sources')?.items ?? [];
    return [
      volume.at('secret', 'secretName')?.text ?? '',
      ...projected.map((source) => source.at('secret', 'name')?.text ?? ''),
    ].filter((name) => name !== '');
  });
}
