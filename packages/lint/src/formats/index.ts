import type { TextFile } from '../text-file.ts';
import { azure, bitbucket, circleci, gitlab, travis, woodpecker, workflow } from './builds.ts';
import { caddyfile, caddyJson } from './caddy.ts';
import { compose } from './compose.ts';
import { dockerfile } from './dockerfile.ts';
import { envFile } from './env-file.ts';
import { envoy } from './envoy.ts';
import type { Format } from './format.ts';
import { haproxy } from './haproxy.ts';
import { kubeconfig } from './kubeconfig.ts';
import { kubernetes } from './kubernetes.ts';
import { nginx } from './nginx.ts';
import { dockerDaemon, helmValues, prometheus, yarnRc } from './other-yaml.ts';
import { packageJson } from './package-json.ts';
import { settingsFiles } from './settings-files.ts';
import { shell } from './shell.ts';
import { traefikToml } from './traefik-toml.ts';
import { traefik } from './traefik.ts';

/** Every format. The first one that claims a file has it. */
const formats: readonly Format[] = [
  envFile,
  packageJson,
  ...settingsFiles,
  yarnRc,
  dockerDaemon,
  dockerfile,
  caddyfile,
  caddyJson,
  haproxy,
  nginx,
  compose,
  workflow,
  gitlab,
  circleci,
  azure,
  bitbucket,
  woodpecker,
  travis,
  helmValues,
  // Those that look at the text come behind those that look at the name.
  envoy,
  kubeconfig,
  traefik,
  traefikToml,
  kubernetes,
  prometheus,
  shell,
];

export function formatOf(file: TextFile): Format | undefined {
  return formats.find(({ mayBe, claims }) => mayBe(file.path) && (claims?.(file) ?? true));
}

/** Whether a file of this path is read: by its name it may be of a format. */
export function mayHaveFormat(path: string): boolean {
  return formats.some(({ mayBe }) => mayBe(path));
}
