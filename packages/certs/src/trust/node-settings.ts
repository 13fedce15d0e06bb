import { dirname, join } from 'node:path';
import type { NodeExtraRoots } from './node-extra-roots.ts';
import { shellWord } from './step.ts';
import type { TrustRoot } from './trust-root.ts';

/** Where Node can be told. */
export type NodeSettingPlace =
  'sh' | 'fish' | 'powershell' | 'env-file' | 'compose' | 'dockerfile' | 'devcontainer';

/** What makes Node trust a root, in one place. */
export interface NodeSetting {
  readonly place: NodeSettingPlace;
  /** Where it goes, for people. */
  readonly title: string;
  readonly text: string;
  /** What has to be known of it; null when nothing. */
  readonly remark: string | null;
}

/** Where containers find the root. */
const inside = '/run/altname/ca.pem';

/**
 * How to make every Node trust a root: by NODE_EXTRA_CA_CERTS, the one way that each line of Node knows. It is read when
 * a process starts, so it must be there before. Where it names a file already, that file stays in use: both go into one.
 */
export function nodeSettings(root: TrustRoot, extra: NodeExtraRoots): NodeSetting[] {
  const file = nodeExtraFile(root, extra);
  const joined =
    extra.state === 'other' && extra.file !== null
      ? `cat ${shellWord(extra.file)} ${shellWord(root.file)} > ${shellWord(file)}\n`
      : '';
  const both = joined === '' ? null : 'NODE_EXTRA_CA_CERTS names a file already: both go into one.';
  return [
    {
      place: 'sh',
      title: 'bash, zsh: in ~/.bashrc or ~/.zshrc',
      text: `${joined}export NODE_EXTRA_CA_CERTS=${shellWord(file)}`,
      remark: both,
    },
    {
      place: 'fish',
      title: 'fish: once',
      text: `${joined}set -Ux NODE_EXTRA_CA_CERTS ${fishWord(file)}`,
      remark: both,
    },
    {
      place: 'powershell',
      title: 'PowerShell: in $PROFILE',
      text: powershellText(root, extra, file),
      remark: both,
    },
    {
      place: 'env-file',
      title: '.env: for what reads it before Node starts (docker compose env_file, direnv, set -a)',
      text: `NODE_EXTRA_CA_CERTS=${file}`,
      remark:
        'Not for node --env-file, process.loadEnvFile or dotenv: they read it when Node has its roots already. In a file for --env-file, NODE_OPTIONS=--use-system-ca works from Node 22.15, after altname cert trust --store system.',
    },
    {
      place: 'compose',
      title: 'compose.yaml: in the service',
      text: [
        'services:',
        '  app:',
        '    environment:',
        `      NODE_EXTRA_CA_CERTS: ${inside}`,
        '    volumes:',
        '      - type: bind',
        `        source: ${yamlWord(root.file)}`,
        `        target: ${inside}`,
        '        read_only: true',
      ].join('\n'),
      remark: 'The root alone goes into the container; the key beside it stays outside.',
    },
    {
      place: 'dockerfile',
      title: 'Dockerfile: in a stage for development',
      text: [
        `# cp ${shellWord(root.file)} altname-ca.pem`,
        `COPY altname-ca.pem ${inside}`,
        `ENV NODE_EXTRA_CA_CERTS=${inside}`,
      ].join('\n'),
      remark:
        'Never copy the directory of the CA: its key is in it. What is for production trusts no CA of yours.',
    },
    {
      place: 'devcontainer',
      title: '.devcontainer/devcontainer.json',
      text: JSON.stringify(
        {
          mounts: [`type=bind,${csvField(`source=${root.file}`)},target=${inside},readonly`],
          containerEnv: { NODE_EXTRA_CA_CERTS: inside },
        },
        null,
        2,
      ),
      remark: null,
    },
  ];
}

/** The file that NODE_EXTRA_CA_CERTS shall name. */
function nodeExtraFile(root: TrustRoot, extra: NodeExtraRoots): string {
  if (extra.state === 'this' && extra.file !== null) return extra.file;
  return extra.state === 'other' ? join(dirname(dirname(root.file)), 'node-extra-ca.pem') : root.file;
}

function powershellText(root: TrustRoot, extra: NodeExtraRoots, file: string): string {
  const joined =
    extra.state === 'other' && extra.file !== null
      ? `Get-Content ${powershellWord(extra.file)}, ${powershellWord(root.file)} | Set-Content ${powershellWord(file)}\n`
      : '';
  return `${joined}$env:NODE_EXTRA_CA_CERTS = ${powershellWord(file)}`;
}

/** fish knows two escapes between single quotes. */
function fishWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/[\\']/g, '\\$&')}'`;
}

function powershellWord(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}

/** JSON is YAML; compose takes `$` for a variable, but for two. */
function yamlWord(word: string): string {
  return JSON.stringify(word).replaceAll('$', '$$$$');
}

/** docker reads a mount as a line of CSV. */
function csvField(word: string): string {
  return /[",]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word;
}
