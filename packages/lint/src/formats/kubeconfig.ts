import { goServerNameFault } from '../text/server-name.ts';
import { switchedOff } from '../yaml/unmistakable.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

/** What kubectl and its like are told of clusters. */
export const kubeconfig: Format = yamlFormat({
  name: 'a kubeconfig',
  mayBe: (path) =>
    /\.ya?ml$|\.kubeconfig$|(?:^|\/)[^/]*kube-?config[^/.]*$|(?:^|\/)\.kube\/config$/i.test(path),
  claims: ({ text }) => /^kind:[ \t]*["']?Config\b/m.test(text) && /^clusters:/m.test(text),
  marks: /insecure-skip-tls-verify|tls-server-name/,
  *find(tree) {
    for (const item of tree.items(tree.at(tree.root, 'clusters'))) {
      for (const { key, value } of tree.pairs(tree.at(item, 'cluster'))) {
        const text = tree.text(value);
        if (text === null) continue;
        if (key.text === 'insecure-skip-tls-verify' && text.text === 'true') {
          yield tree
            .span(key, text)
            .found(
              switchedOff(
                'insecure-skip-tls-verify: true',
                'certificate-authority: ca.pem, and tls-server-name where the certificate has another name',
              ),
            );
        }
        if (key.text === 'tls-server-name') {
          const fault = goServerNameFault(key.text, text.text, 'tls-server-name: kubernetes.default.svc');
          if (fault !== null) yield tree.span(key, text).found(fault);
        }
      }
    }
  },
});
