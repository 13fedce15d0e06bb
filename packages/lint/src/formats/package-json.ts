import { scriptFindings } from '../text/script.ts';
import { settingFinding } from '../yaml/settings.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

/** package.json: its scripts, and what `publishConfig` tells npm. */
export const packageJson: Format = yamlFormat({
  name: 'a package.json',
  comment: null,
  mayBe: (path) => /(?:^|\/)package\.json$/.test(path),
  *find(tree) {
    for (const { value } of tree.pairs(tree.at(tree.root, 'scripts'))) {
      yield* scriptFindings(tree.text(value) ?? undefined);
    }
    for (const { key, value } of tree.pairs(tree.at(tree.root, 'publishConfig'))) {
      const text = tree.text(value);
      if (key.text === 'strict-ssl' && text !== null) {
        yield* settingFinding(tree, key, text, 'npm_config_strict_ssl');
      }
    }
  },
});
