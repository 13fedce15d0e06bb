import type { Node, YAMLMap } from 'yaml';
import { envoyFindings } from '../envoy/faults.ts';
import { argumentFindings, commandFindings } from '../text/command.ts';
import { Passage } from '../text/passage.ts';
import { scriptFindings } from '../text/script.ts';
import type { Found } from '../text-file.ts';
import { settingFinding, settingFindings, wordsOf } from '../yaml/settings.ts';
import { YamlTree } from '../yaml/tree.ts';
import { switchedOff, unmistakableFindings, unmistakableMarks } from '../yaml/unmistakable.ts';
import { envoyMarks } from './envoy.ts';
import { NotRead, type Format } from './format.ts';
import { ingressFindings, ingressMarks } from './ingress.ts';
import { yamlFormat } from './yaml-format.ts';

const isYaml = /\.ya?ml$/;

/** Manifests of Kubernetes: every document with `apiVersion` and `kind`, its lists, and what custom resources hold. */
export const kubernetes: Format = yamlFormat({
  name: 'a manifest of Kubernetes',
  mayBe: (path) => isYaml.test(path),
  claims: ({ text }) =>
    /^[ \t]*(?:- )?apiVersion:/m.test(text) && /^[ \t]*(?:- )?kind:[ \t]*(?!Config\b)/m.test(text),
  marks: new RegExp(`${unmistakableMarks.source}|${ingressMarks.source}|secret-type|${envoyMarks.source}`),
  *find(tree) {
    yield* unmistakableFindings(tree);
    yield* envoyFindings(tree);
    const commands = new Set<YAMLMap>();
    for (const { key, value, map } of tree.entries()) {
      switch (key.text) {
        case 'env':
        case 'envVars':
          yield* settingFindings(tree, value);
          break;
        case 'command':
        case 'args':
          // The same map has both: they are one command.
          if (!commands.has(map)) yield* ofContainer(tree, map);
          commands.add(map);
          break;
        case 'script': {
          const text = tree.text(value);
          if (text !== null) yield* scriptFindings(text);
          break;
        }
        case 'data':
        case 'stringData':
          yield* ofData(tree, map, value);
          break;
        case 'annotations':
          yield* ingressFindings(tree, value);
          break;
      }
    }
  },
});

function* ofContainer(tree: YamlTree, map: YAMLMap): Generator<Found, void> {
  const command = wordsOf(tree, tree.at(map, 'command'));
  const args = wordsOf(tree, tree.at(map, 'args'));
  if (command.length > 0) yield* commandFindings([...command, ...args]);
  else yield* argumentFindings(args);
}

/** Entries of a ConfigMap or a Secret: variables, scripts, and files of YAML. */
function* ofData(tree: YamlTree, map: YAMLMap, data: Node): Generator<Found, void> {
  if (tree.text(tree.at(map, 'kind'))?.text === 'Secret') {
    yield* ofRepository(tree, map);
    // Those of `data` are in base64.
    if (data !== tree.at(map, 'stringData')) return;
  }
  for (const { key, value } of tree.pairs(data)) {
    const text = tree.text(value);
    if (text === null) continue;
    yield* settingFinding(tree, key, text);
    if (/\.(?:sh|bash)$/.test(key.text) || /^#!.*\b(?:ba|da)?sh\b/.test(text.text))
      yield* scriptFindings(text);
    if (isYaml.test(key.text) && unmistakableMarks.test(text.text)) yield* ofFile(text);
  }
}

/** A file of YAML inside of one: what is none, is none of ours. */
function* ofFile(file: Passage): Generator<Found, void> {
  try {
    for (const tree of YamlTree.of(file.text)) {
      for (const found of unmistakableFindings(tree)) {
        yield { ...found, start: file.offsetOf(found.start), end: file.endOf(found.end) };
      }
    }
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
  }
}

/** A repository of Argo CD, as it is declared in a Secret. */
function* ofRepository(tree: YamlTree, secret: YAMLMap): Generator<Found, void> {
  const type = tree.text(tree.at(secret, 'metadata', 'labels', 'argocd.argoproj.io/secret-type'))?.text;
  if (type !== 'repository' && type !== 'repo-creds') return;
  const url = tree.text(tree.at(secret, 'stringData', 'url'))?.text ?? '';
  if (!url.startsWith('https:')) return;
  for (const { key, value } of tree.pairs(tree.at(secret, 'stringData'))) {
    const text = tree.text(value);
    if (key.text !== 'insecure' || text?.text !== 'true') continue;
    yield tree
      .span(key, text)
      .found(
        switchedOff(
          'insecure: "true" of a repository of Argo CD',
          'the authority in the ConfigMap argocd-tls-certs-cm',
        ),
      );
  }
}
