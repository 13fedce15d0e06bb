import { readFileSync, writeFileSync } from 'node:fs';
import { clientNames, clientProfiles, type ClientProfile } from '@altname/core';
import type { Telling } from '../recipes/ear.ts';
import type { ClientRecord, Measured, RecordedClient } from './record.ts';
import type { RecipeKind } from './trials.ts';

const pageFile = new URL('../../../../docs/clients.md', import.meta.url);

export function readPage(): string {
  return readFileSync(pageFile, 'utf8');
}

export function writePage(page: string): void {
  writeFileSync(pageFile, page);
}

/** The page docs/clients.md, made from the data and the profiles alone. */
export function renderPage({ nodes, clients }: ClientRecord): string {
  const lines = Object.keys(nodes);
  const rows = clients.filter(({ measured }) => measured.length > 0);
  return [
    '# The clients, and the names they send and check',
    '',
    `Measured with the packages themselves on Node ${list(Object.values(nodes))}, each against a server whose certificate has another name, and each of its recipes against a server with the fault it is for. This page is made from \`docs/clients.json\`, and that by \`node estate/build/src/clients/measure.js\`, once on every Node line. A test measures again, and holds data, page and the profiles of altname equal.`,
    '',
    '- **sent**: the server name on the wire when the user sets none. **checked**: the name compared with the certificate. For a DNS name as host, and for an IP address.',
    '- **Host header**: what one that the user sets does to the server name, and with it to the name that is checked.',
    '- **expected name**: where the user says which name to send and check.',
    '- **the failure**: where `ERR_TLS_CERT_ALTNAME_INVALID` stands in what the program gets.',
    '- **recipes**: those of `altname check --client NAME` that were run, and connected with verification on.',
    '',
    '## Names',
    '',
    ...table(
      ['client', 'version', 'sent, DNS host', 'checked', 'sent, IP host', 'checked', 'Host header'],
      rows.map((row) => [
        nameOf(row),
        versionOf(row),
        cell(row, lines, ({ sentForDns }) => sentTexts[sentForDns]),
        cell(row, lines, ({ checkedForDns }) => checkedTexts[checkedForDns]),
        cell(row, lines, ({ sentForIp }) => sentTexts[sentForIp]),
        cell(row, lines, ({ checkedForIp }) => checkedTexts[checkedForIp]),
        row.mode === 'proxy-leg' ? '' : cell(row, lines, ({ hostHeader }) => hostTexts[hostHeader]),
      ]),
    ),
    '',
    '## Errors and fixes',
    '',
    ...table(
      ['client', 'version', 'expected name', 'the failure', 'recipes'],
      rows.map((row) => [
        nameOf(row),
        versionOf(row),
        expectedName(row),
        cell(row, lines, ({ tellings }) => surfacesText(tellings)),
        cell(row, lines, ({ recipes }) => recipesText(recipes)),
      ]),
    ),
    '',
    '## Recipes',
    '',
    'To dial `192.0.2.7`, and send and check `service.example`.',
    ...clientNames.flatMap((name) => recipeSection(clientProfiles[name])),
    '',
  ].join('\n');
}

/** How a failure comes to a program, as `surfaces` of a profile says it. */
export function surfacesText(tellings: readonly Telling[]): string {
  return tellings.length === 0
    ? 'not at all: no name is compared'
    : tellings
        .map(({ by, name, code, at, inMessage }) => {
          const own = code === null || at === 'code' ? '' : ` (error.code is ${code})`;
          const where = at !== null ? `error.${at}` : inMessage ? 'error.message only' : 'nothing of it';
          return `${by}${name === 'Error' ? '' : `, ${name}`}: ${where}${own}`;
        })
        .join('; ');
}

const sentTexts = {
  host: 'host',
  none: '**none**',
  address: '**the address**',
  refused: '**refused by Node**',
};

const checkedTexts = {
  host: 'host',
  address: 'address',
  localhost: '**localhost**',
  'not-checked': '**nothing**',
  nothing: '',
};

const hostTexts = {
  'becomes-server-name': '**becomes the server name**',
  kept: 'changes nothing',
  dropped: 'is dropped',
  none: '',
};

const recipeTexts: Readonly<Record<RecipeKind, string>> = {
  expectName: 'expect a name',
  addCa: 'add a CA',
  keepHostHeader: 'keep the Host header',
  verifyName: 'compare the name',
  expectProxyName: 'expect a name of the proxy',
};

const modeTexts = { plain: '', 'verify-name': ', told to compare names', 'proxy-leg': ', to the proxy' };

function nameOf({ client, mode }: RecordedClient): string {
  const { title } = clientProfiles[client];
  return `${title}${modeTexts[mode]}`;
}

function versionOf({ version }: RecordedClient): string {
  return version === 'node' ? 'of Node' : version;
}

function expectedName({ client, mode }: RecordedClient): string {
  const { nameOption, proxyNameOption, servernameOption } = clientProfiles[client];
  if (mode === 'proxy-leg') return proxyNameOption === undefined ? '' : `\`${proxyNameOption}\``;
  const but = {
    wins: '',
    'loses-to-dns-host': '; not where the host is a DNS name',
    'loses-to-host-header': '; not beside a Host header',
  };
  return `\`${nameOption}\`${but[servernameOption]}`;
}

function recipesText(recipes: Measured['recipes']): string {
  return Object.entries(recipes)
    .map(([kind, titles]) => {
      const text = recipeTexts[kind as RecipeKind];
      return kind === 'addCa' && !titles.includes('an address dialled') ? `${text} (for a DNS host)` : text;
    })
    .join(', ');
}

/** One text where every Node line says the same; else each with its lines. */
function cell(
  { measured }: RecordedClient,
  lines: readonly string[],
  text: (facts: Measured) => string,
): string {
  const byText = new Map<string, string[]>();
  for (const line of lines) {
    const facts = measured.find((each) => each.lines.includes(line))?.facts;
    if (facts !== undefined) byText.set(text(facts), [...(byText.get(text(facts)) ?? []), line]);
  }
  if (byText.size === 1) return [...byText.keys()].join('');
  return [...byText].map(([each, on]) => `${each === '' ? '–' : each} (Node ${list(on)})`).join(', ');
}

function recipeSection(profile: ClientProfile): string[] {
  const proxyRecipe = profile.expectProxyName?.({ name: 'proxy.example' }) ?? null;
  return [
    '',
    `### ${profile.title}`,
    ...codeBlock(profile.expectName({ dial: '192.0.2.7', port: 8443, name: 'service.example' })),
    ...(proxyRecipe === null ? [] : ['', 'To send `proxy.example` to the proxy, and check it there:']),
    ...codeBlock(proxyRecipe),
    '',
    ...profile.traps.map((trap) => `- ${trap}`),
  ];
}

function codeBlock(code: string | null): string[] {
  return code === null ? [] : ['', '```js', ...code.trimEnd().split('\n'), '```'];
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** A table as the formatter of this repository leaves it. */
function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...body].map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((each, i) => each.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}
