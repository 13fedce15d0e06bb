import type { Found } from '../text-file.ts';
import { commandFindings } from '../text/command.ts';
import { scriptFindings } from '../text/script.ts';
import { settingFindings, wordsFindings, wordsOf } from '../yaml/settings.ts';
import type { YamlTree } from '../yaml/tree.ts';
import type { Node } from 'yaml';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

/** compose.yaml and docker-compose.yml, with what follows their name: `compose.prod.yaml`. */
export const compose: Format = yamlFormat({
  name: 'a compose file',
  mayBe: (path) => /(?:^|\/|\.)(?:docker-|podman-)?compose(?:[._-][\w.-]+)?\.ya?ml$/.test(path),
  *find(tree) {
    for (const { value: service } of tree.pairs(tree.at(tree.root, 'services'))) {
      const environment = tree.at(service, 'environment');
      if (environment !== undefined) yield* settingFindings(tree, environment);
      const args = tree.at(service, 'build', 'args');
      if (args !== undefined) yield* settingFindings(tree, args);
      const entrypoint = tree.at(service, 'entrypoint');
      if (entrypoint !== undefined) yield* wordsFindings(tree, entrypoint);
      const command = tree.at(service, 'command');
      if (command !== undefined) yield* commandOf(tree, entrypoint, command);
      const test = tree.at(service, 'healthcheck', 'test');
      if (test !== undefined) yield* healthFindings(tree, test);
    }
  },
});

/** What stands behind an entrypoint of its own is given to it. */
function* commandOf(tree: YamlTree, entrypoint: Node | undefined, command: Node): Generator<Found, void> {
  if (entrypoint === undefined || !tree.isList(entrypoint) || !tree.isList(command)) {
    yield* wordsFindings(tree, command, false);
  } else yield* commandFindings([...wordsOf(tree, entrypoint), ...wordsOf(tree, command)]);
}

/** `test: curl …`, `["CMD", "curl", …]`, `["CMD-SHELL", "curl …"]`. */
function* healthFindings(tree: YamlTree, test: Node): Generator<Found, void> {
  if (!tree.isList(test)) {
    yield* wordsFindings(tree, test);
    return;
  }
  const words = wordsOf(tree, test);
  if (words[0]?.text === 'CMD') yield* commandFindings(words.slice(1));
  else if (words[0]?.text === 'CMD-SHELL') yield* scriptFindings(words[1]);
}
