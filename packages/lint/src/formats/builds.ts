import type { Found } from '../text-file.ts';
import { scriptsFindings, settingFindings, wordsFindings } from '../yaml/settings.ts';
import type { Entry, YamlTree } from '../yaml/tree.ts';
import type { Format } from './format.ts';
import { yamlFormat, type YamlFormat } from './yaml-format.ts';

/** What the keys of a file for builds hold, wherever they stand in it. */
interface Keys {
  readonly settings: RegExp;
  readonly scripts: RegExp;
  /** Commands as lists of words. */
  readonly words?: RegExp;
  /** Whether it is a script for a shell; it is when not given. */
  readonly isScript?: (tree: YamlTree, entry: Entry) => boolean;
}

function builds(name: string, path: RegExp, keys: Keys): Format {
  return yamlFormat({ name, mayBe: (given) => path.test(given), find: (tree) => findings(tree, keys) });
}

function* findings(
  tree: YamlTree,
  { settings, scripts, words, isScript }: Keys,
): ReturnType<YamlFormat['find']> & Generator<Found, void> {
  for (const entry of tree.entries()) {
    const { key, value } = entry;
    if (settings.test(key.text)) yield* settingFindings(tree, value);
    if (scripts.test(key.text) && isScript?.(tree, entry) !== false) yield* scriptsFindings(tree, value);
    if (words?.test(key.text) === true && tree.isList(value)) yield* wordsFindings(tree, value, false);
  }
}

/** Workflows and actions of GitHub, and of Forgejo and Gitea, which read the same. */
export const workflow: Format = builds(
  'a workflow or an action of GitHub',
  /(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$|(?:^|\/)action\.ya?ml$/,
  {
    settings: /^env$/,
    scripts: /^run$/,
    isScript: (tree, { map }) =>
      !/^(?:pwsh|powershell|python|cmd|node)\b/.test(tree.text(tree.at(map, 'shell'))?.text ?? ''),
  },
);

export const gitlab: Format = builds(
  'a .gitlab-ci.yml',
  /(?:^|\/)\.?gitlab-ci(?:[._-][\w.-]+)?\.ya?ml$|\.gitlab-ci\.ya?ml$|(?:^|\/)\.gitlab\/.*\.ya?ml$|(?:^|\/)\.gitlab-ci\/.*\.ya?ml$/,
  { settings: /^variables$/, scripts: /^(?:script|before_script|after_script|pre_get_sources_script)$/ },
);

export const circleci: Format = builds('a configuration of CircleCI', /(?:^|\/)\.circleci\/.*\.ya?ml$/, {
  settings: /^environment$/,
  scripts: /^(?:run|command)$/,
});

export const azure: Format = builds(
  'a pipeline of Azure',
  /(?:^|\/)(?:azure-pipelines?|\.?vsts-ci)(?:[._-][\w.-]+)?\.ya?ml$|(?:^|\/)\.?azure-pipelines\/.*\.ya?ml$/,
  { settings: /^(?:env|variables)$/, scripts: /^(?:script|bash)$/ },
);

export const bitbucket: Format = builds('a pipeline of Bitbucket', /(?:^|\/)bitbucket-pipelines\.ya?ml$/, {
  settings: /^variables$/,
  scripts: /^(?:script|after-script)$/,
});

export const woodpecker: Format = builds(
  'a pipeline of Woodpecker or Drone',
  /(?:^|\/)\.(?:woodpecker|drone)(?:\/.*)?\.ya?ml$/,
  { settings: /^(?:environment|settings)$/, scripts: /^commands$/ },
);

export const travis: Format = builds('a .travis.yml', /(?:^|\/)\.travis\.ya?ml$/, {
  settings: /^(?:env|global)$/,
  // Lines of variables as for a shell: `- ONE=1 OTHER=2`.
  scripts:
    /^(?:env|global|before_install|install|before_script|script|after_success|after_failure|after_script|before_deploy|before_cache)$/,
});
