import { printable, jsonText } from '@altname/core';
import type { NodeExtraRoots, NodeSetting, StoreName, StoreOutcome } from '@altname/certs';
import type { OptionSpec } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { readTrustWords, trustFlags } from './trust-words.ts';

const flags: Readonly<Record<string, OptionSpec>> = {
  ...trustFlags,
  'dry-run': { takes: 'flag' },
  sudo: { takes: 'flag' },
};

interface Change {
  readonly action: 'trust' | 'untrust';
  readonly outcomes: readonly StoreOutcome[];
  /** Stores that were named, and of which there is none here. */
  readonly absent: readonly StoreName[];
  readonly node: { readonly extra: NodeExtraRoots; readonly settings: readonly NodeSetting[] } | null;
  /** Every place of Node, and not that of the shell alone. */
  readonly everyPlace: boolean;
}

/**
 * `altname cert trust` and `altname cert untrust`.
 *
 * @returns 0 when every store is as asked, or would be; 1 when one needs root, lacks a program, failed or is not there
 */
export async function changeTrust(
  action: Change['action'],
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { given, stores, named, root } = await readTrustWords(words, flags, action);
  const { nodeExtraRoots, nodeSettings, trustRoot, untrustRoot } = await import('@altname/certs');
  const options = { stores, dryRun: given.has('dry-run'), sudo: given.has('sudo') };
  const outcomes = await (action === 'trust' ? trustRoot : untrustRoot)(root, options);
  const extra = nodeExtraRoots(root);
  const change: Change = {
    action,
    outcomes,
    absent: named
      ? stores.filter((name) => name !== 'node' && !outcomes.some(({ store }) => store === name))
      : [],
    node: stores.includes('node') ? { extra, settings: nodeSettings(root, extra) } : null,
    everyPlace: named && stores.includes('node'),
  };
  if (given.has('json')) {
    const ca = { certificate: root.file, sha256: root.sha256, name: root.name };
    await terminal.print(
      jsonText({
        version: 1,
        action,
        ca,
        stores: outcomes,
        absent: change.absent,
        ...(change.node === null ? {} : { node: change.node }),
      }),
    );
  } else {
    await terminal.print(changeText(change));
  }
  return change.absent.length === 0 && outcomes.every((outcome) => isGood(outcome, outcomes)) ? 0 : 1;
}

function isGood({ result, detail }: StoreOutcome, all: readonly StoreOutcome[]): boolean {
  // What follows a store will be as that one is.
  if (result === 'follows') return all.some((other) => other.store === detail && other.result === 'planned');
  return result === 'done' || result === 'already' || result === 'planned';
}

function changeText(change: Change): string {
  const lines = change.outcomes.flatMap((outcome) => outcomeLines(change.action, outcome));
  for (const store of change.absent) lines.push(`${store.padEnd(7)} not found here`);
  if (lines.length === 0 && change.node === null) lines.push('No store is here that could be changed.');
  const ofNode = change.action === 'trust' ? trustNode(change) : untrustNode(change);
  return [...lines, ...ofNode].join('\n');
}

function outcomeLines(action: Change['action'], outcome: StoreOutcome): string[] {
  const { store, place, result, commands, detail } = outcome;
  const state = action === 'trust' ? 'trusted' : 'not trusted';
  const told = {
    done: state,
    already: `already ${state}`,
    planned: 'would run',
    'needs-root': 'needs root: run this, or the same with --sudo',
    follows: `follows the ${detail ?? ''} store: altname cert ${action} --store ${detail ?? ''}`,
    lacking: `needs ${detail ?? ''}`,
    failed: `failed: ${detail ?? ''}`,
  }[result];
  const shown = result === 'planned' || result === 'needs-root' || result === 'failed' ? commands : [];
  return [
    `${store.padEnd(7)} ${printable(place)}: ${printable(told)}`,
    ...shown.map((command) => `        ${printable(command, 8192)}`),
  ];
}

function trustNode({ node, everyPlace }: Change): string[] {
  if (node === null) return [];
  const { extra, settings } = node;
  const head =
    extra.state === 'this'
      ? `node    trusted, by NODE_EXTRA_CA_CERTS=${printable(extra.file ?? '')}`
      : 'node    reads its roots from the environment; set it where Node is started:';
  if (!everyPlace) {
    if (extra.state === 'this') return [head];
    const place = process.platform === 'win32' ? 'powershell' : shellPlace(process.env['SHELL'] ?? '');
    const setting = settings.find((each) => each.place === place);
    return [
      head,
      ...indented(setting?.text ?? ''),
      '        for .env, compose, Dockerfile and devcontainer: altname cert trust --store node',
    ];
  }
  return [
    head,
    ...settings.flatMap(({ title, text, remark }) => [
      '',
      `  ${title}`,
      ...indented(text),
      ...(remark === null ? [] : [`    (${printable(remark, 1000)})`]),
    ]),
  ];
}

function untrustNode({ node }: Change): string[] {
  if (node === null) return [];
  const { state, file } = node.extra;
  return state === 'this'
    ? [
        `node    trusts it still, by NODE_EXTRA_CA_CERTS=${printable(file ?? '')}: take that out where it is set`,
        '        (shell profile, .env, compose, Dockerfile, devcontainer)',
      ]
    : ['node    is not told by this environment to trust it'];
}

function shellPlace(shell: string): NodeSetting['place'] {
  return shell.endsWith('/fish') ? 'fish' : 'sh';
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `        ${printable(line, 8192)}`);
}
