import type { TextFile } from '../text-file.ts';
import { certificateSecrets } from './kubernetes-certificates.ts';
import { checkHosts, hostKinds } from './kubernetes-hosts.ts';
import { KubernetesManifests } from './kubernetes-manifests.ts';
import { checkServices } from './kubernetes-services.ts';
import type { FoundIn } from './missing-name.ts';
import type { ReachableFiles } from './reachable-files.ts';

/** Secrets that are looked for in a tree. */
const mostSecrets = 2000;

/** The certificates of Kubernetes manifests against the names that the manifests use them for. */
export function checkKubernetes(files: readonly TextFile[], reachable: ReachableFiles): readonly FoundIn[] {
  const manifests = new KubernetesManifests(files);
  const secrets = certificateSecrets(
    [...manifests.read(/^Secret$/, ['tls.crt']), ...manifests.read(/^Certificate$/, ['cert-manager.io/'])],
    manifests.kustomizations.secrets,
    reachable,
  );
  const names = [...new Set(secrets.map(({ name }) => name))].slice(0, mostSecrets);
  const hosts = [...manifests.read(hostKinds, names), ...manifests.read(/^Route$/, ['certificate'])];
  return [
    ...hosts.flatMap((object) => checkHosts(object, secrets)),
    ...checkServices(manifests, secrets, names),
  ];
}
