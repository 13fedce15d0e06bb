import { namedFindings, settingFindings } from '../yaml/settings.ts';
import { switchedOff, unmistakableFindings, unmistakableMarks } from '../yaml/unmistakable.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

/** Values of a Helm chart: what becomes of them is up to its templates, but for what looks like a variable. */
export const helmValues: Format = yamlFormat({
  name: 'values of a Helm chart',
  mayBe: (path) => /(?:^|\/)values(?:[._-][\w.-]+)?\.ya?ml$/.test(path),
  *find(tree) {
    for (const { key, value } of tree.entries()) {
      if (/^(?:extra)?env(?:ironment)?(?:vars)?$/i.test(key.text)) yield* settingFindings(tree, value);
      for (const item of tree.items(value))
        if (tree.text(tree.at(item, 'name')) !== null) yield* namedFindings(tree, item);
    }
  },
});

/** Yarn from 2 on. */
export const yarnRc: Format = yamlFormat({
  name: 'a .yarnrc.yml',
  mayBe: (path) => /(?:^|\/)\.yarnrc\.yml$/.test(path),
  marks: /enableStrictSsl/,
  *find(tree) {
    for (const { key, value } of tree.pairs(tree.root)) {
      const text = tree.text(value);
      if (key.text !== 'enableStrictSsl' || text === null || !/^(?:false|0)$/i.test(text.text)) continue;
      yield tree
        .span(key, text)
        .found(switchedOff(`enableStrictSsl: ${text.text}`, 'httpsCaFilePath: ca.pem'));
    }
  },
});

/** The daemon of Docker. */
export const dockerDaemon: Format = yamlFormat({
  name: 'a daemon.json of Docker',
  comment: null,
  mayBe: (path) => /(?:^|\/)daemon\.json$/.test(path),
  marks: /insecure-registries/,
  *find(tree) {
    for (const { key, value } of tree.pairs(tree.root)) {
      if (key.text !== 'insecure-registries') continue;
      for (const item of tree.items(value)) {
        const registry = tree.text(item);
        if (registry === null || /^(?:localhost|127\.|\[?::1)/.test(registry.text)) continue;
        yield {
          ...registry.found(
            switchedOff(
              `"${registry.text}" in insecure-registries`,
              'the authority in /etc/docker/certs.d/HOST:PORT/ca.crt',
            ),
          ),
          severity: 'warning',
        };
      }
    }
  },
});

/** Prometheus, its exporters and agents, Alertmanager, Loki, Grafana: by the keys that they have in common. */
export const prometheus: Format = yamlFormat({
  name: 'a configuration of Prometheus or Grafana',
  mayBe: (path) => /\.ya?ml$/.test(path),
  claims: ({ text }) => /\b(?:insecure_skip_verify|tlsSkipVerify)\b/.test(text),
  marks: unmistakableMarks,
  *find(tree) {
    // What describes an interface has such keys in its examples.
    for (const { key } of tree.pairs(tree.root)) if (/^(?:openapi|swagger|asyncapi)$/.test(key.text)) return;
    yield* unmistakableFindings(tree);
  },
});
