import { posix } from 'node:path';
import type { TextFile } from '../text-file.ts';
import type { FoundIn } from './missing-name.ts';
import { certificateSecrets } from './kubernetes-certificates.ts';
import { checkHosts } from './kubernetes-hosts.ts';
import { kubernetesObjects, type KubernetesObject } from './kubernetes-object.ts';
import { checkServices } from './kubernetes-services.ts';
import { isKustomization, kustomizations, type Changes } from './kustomize.ts';
import type { ReachableFiles } from './reachable-files.ts';

/** What a tree has of certificates, if any: without, nothing else of it need be parsed. */
const hasCertificate = /tls\.crt|cert-manager\.io\/v\d|BEGIN CERTIFICATE|caBundle/;

/** The certificates of Kubernetes manifests against the names that the manifests use them for. */
export function checkKubernetes(files: readonly TextFile[], reachable: ReachableFiles): readonly FoundIn[] {
  if (!files.some(({ text }) => hasCertificate.test(text))) return [];
  const { changed, secrets: generated } = kustomizations(files);
  const objects = kubernetesObjects(files.filter(({ path }) => !isKustomization(path)));
  const secrets = certificateSecrets(
    objects.filter((object) => !isPatched(object, changesOf(object, changed))),
    generated,
    reachable,
  );
  if (secrets.length === 0 && !objects.some(({ kind }) => /Webhook|^Route$/.test(kind))) return [];
  const asTheyAre = objects.filter((object) => !isPatched(object, changesOf(object, changed)));
  return [
    ...asTheyAre.flatMap((object) => checkHosts(object, secrets)),
    ...checkServices(
      asTheyAre.filter((object) => changesOf(object, changed)?.areNamesChanged !== true),
      secrets,
    ),
  ];
}

/** What Kustomize does to a file: it is named itself, or a folder that it is in. */
function changesOf(
  { file: { path } }: KubernetesObject,
  changed: ReadonlyMap<string, Changes>,
): Changes | undefined {
  return changed.get(path) ?? changed.get(posix.dirname(path));
}

function isPatched({ kind, name }: KubernetesObject, changes: Changes | undefined): boolean {
  return changes !== undefined && (changes.patches.includes(kind) || changes.patches.includes(name));
}
