import type { Table } from '../table.ts';
import { builds } from './builds.ts';
import { compose } from './compose.ts';
import { dockerfile } from './dockerfile.ts';
import { kubernetes } from './kubernetes.ts';
import { otherYaml } from './other-yaml.ts';
import { packageJson } from './package-json.ts';
import { settingsFiles } from './settings-files.ts';
import { shell } from './shell.ts';

export const tables: Readonly<Record<string, Table>> = {
  shell,
  packageJson,
  settingsFiles,
  dockerfile,
  compose,
  kubernetes,
  builds,
  otherYaml,
};
