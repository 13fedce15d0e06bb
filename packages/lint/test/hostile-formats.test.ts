import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compose } from '../src/formats/compose.ts';
import { dockerfile } from '../src/formats/dockerfile.ts';
import { NotRead, type Format } from '../src/formats/format.ts';
import { kubernetes } from '../src/formats/kubernetes.ts';
import { packageJson } from '../src/formats/package-json.ts';
import { settingsFiles } from '../src/formats/settings-files.ts';
import { shell } from '../src/formats/shell.ts';
import { TextFile } from '../src/text-file.ts';
import { foundIn } from './found.ts';
import { hostile } from './hostile.ts';

// Files that nobody writes.

const npmrc = settingsFiles[0] as Format;

/** What is longer by far is not parsed at all: see below. */
const size = 1 << 14;

describe('a shell script', () =>
  hostile(shell, 'a.sh', ['curl -k "$(x)" <<A\n', '`curl -k \\`', 'NODE_TLS_REJECT_UNAUTHORIZED=0 '], size));
describe('a Dockerfile', () =>
  hostile(dockerfile, 'Dockerfile', ['RUN curl -k <<A \\\n', 'ENV GIT_SSL_NO_VERIFY="1 '], size));
describe('a compose file', () =>
  hostile(compose, 'compose.yaml', ['services: {a: {command: "curl -k', '- &a [*a, *a] # curl -k\n'], size));
describe('a manifest', () =>
  hostile(kubernetes, 'a.yaml', ['apiVersion: v1\nkind: A\ndata: {a.sh: "curl -k"}\n---\n'], size));
describe('a package.json', () =>
  hostile(packageJson, 'package.json', ['{"scripts": {"a": "curl -k \\u0041'], size));
describe('an .npmrc', () => hostile(npmrc, '.npmrc', ['strict-ssl = "false"\n'], size));

/** What is wrong in a file is told, or that it is not read. */
function outcome(format: Format, path: string, text: string): string {
  try {
    return `${[...format.check(new TextFile(path, text))].length} found`;
  } catch (error) {
    if (error instanceof NotRead) return error.message;
    throw error;
  }
}

const services = (count: number, environment: string): string =>
  `services:\n${Array.from({ length: count }, (_, index) => `  s${index}:\n    environment: ${environment}\n`).join('')}`;

/** A list of ten, of which each is a list of ten, … */
const bomb = [
  'x0: &x0 [NODE_TLS_REJECT_UNAUTHORIZED=0]',
  ...Array.from({ length: 12 }, (_, level) => `x${level + 1}: &x${level + 1} [${`*x${level}, `.repeat(10)}]`),
].join('\n');

/** A map that merges ten of the one above, which merges ten, … */
const merges = [
  'x0: &x0 {NODE_TLS_REJECT_UNAUTHORIZED: 0}',
  ...Array.from(
    { length: 12 },
    (_, level) => `x${level + 1}: &x${level + 1} {<<: [${`*x${level}, `.repeat(10)}]}`,
  ),
].join('\n');

const deep = /nested too deeply/;

describe('what is looked at', () => {
  const cases: readonly (readonly [
    name: string,
    format: Format,
    path: string,
    text: string,
    told: RegExp,
  ])[] = [
    ['a bomb of aliases', compose, 'compose.yaml', `${bomb}\n${services(1, '*x12')}`, /^0 found$/],
    ['a bomb of merges', compose, 'compose.yaml', `${merges}\n${services(1, '*x12')}`, /too many values/],
    [
      'a map that merges itself',
      compose,
      'compose.yaml',
      'a: &a {<<: *a, NODE_TLS_REJECT_UNAUTHORIZED: 0}\nservices: {b: {environment: *a}}\n',
      /^1 found$/,
    ],
    [
      'an alias of itself',
      compose,
      'compose.yaml',
      'services: &a {b: {environment: *a}, c: *a} # curl -k\n',
      /^0 found$/,
    ],
    [
      'an alias of nothing',
      compose,
      'compose.yaml',
      'services: {a: {environment: *b}} # curl -k x\n',
      /^0 found$/,
    ],
    [
      'one list of variables for many',
      compose,
      'compose.yaml',
      `x: &x [${'NODE_TLS_REJECT_UNAUTHORIZED=0, '.repeat(2000)}]\n${services(2000, '*x')}`,
      /too many values/,
    ],
    ['lists in lists', compose, 'compose.yaml', `services: ${'['.repeat(100_000)} # curl -k x`, deep],
    ['maps in maps', compose, 'compose.yaml', `services: ${'{a: '.repeat(100_000)} # curl -k x`, deep],
    ['JSON in JSON', packageJson, 'package.json', `{"a": ${'['.repeat(100_000)} "curl -k x"`, deep],
    [
      'dashes',
      kubernetes,
      'a.yaml',
      `apiVersion: v1\nkind: A\na: "curl -k x"\nb:\n  ${'- '.repeat(100_000)}`,
      deep,
    ],
    [
      'more than a megabyte',
      compose,
      'compose.yaml',
      `# curl -k x\n${'a: b\n'.repeat(300_000)}`,
      /over 1 MiB/,
    ],
    ['a line of four megabytes', shell, 'a.sh', `curl -k ${'x '.repeat(2 << 20)}`, /over 512 KiB/],
    ['substitutions in substitutions', shell, 'a.sh', `${'$('.repeat(20_000)}curl -k`, /^0 found$/],
    ['shells in shells', shell, 'a.sh', `${'sh -c "$(eval '.repeat(1000)}curl -k x`, /^0 found$/],
    ['commands behind commands', shell, 'a.sh', `${'sudo env '.repeat(10_000)}curl -k x`, /^0 found$/],
    [
      'a Dockerfile of a megabyte',
      dockerfile,
      'Dockerfile',
      `RUN curl -k ${'x '.repeat(1 << 19)}`,
      /over 256 KiB/,
    ],
  ];
  for (const [name, format, path, text, told] of cases) {
    it(name, () => assert.match(outcome(format, path, text), told));
  }
});

describe('octets', () => {
  const cases: readonly (readonly [
    name: string,
    path: string,
    octets: Uint8Array,
    told: readonly string[],
  ])[] = [
    [
      'a byte order mark',
      'a.sh',
      Buffer.from('\uFEFFcurl -k https://a.example\n'),
      ['no-disabled-verification 1:6'],
    ],
    [
      'a byte order mark in YAML',
      'compose.yaml',
      Buffer.from('\uFEFFservices: {a: {command: curl -k https://a}}\n'),
      ['no-disabled-verification 1:30'],
    ],
    [
      'what is no UTF-8',
      'Dockerfile',
      Buffer.from('FROM a\nRUN echo \xff\xfe && curl -k https://a\n', 'latin1'),
      ['no-disabled-verification 2:21'],
    ],
    ['NUL', 'a.sh', Buffer.from('echo \0\ncurl -k https://a\0\n'), ['no-disabled-verification 2:6']],
    // The parser looks for the end of each in all that follows.
    [
      'here-documents',
      'a.sh',
      Buffer.from(`curl -k https://a\ncat ${'<<a '.repeat(100_000)}`),
      ['not-read 1:1 note'],
    ],
    [
      'line ends of old',
      'Dockerfile',
      Buffer.from('FROM a\rRUN curl -k https://a\r'),
      ['no-disabled-verification 2:10'],
    ],
  ];
  for (const [name, path, octets, told] of cases)
    it(name, () => assert.deepEqual(foundIn(path, octets), told));
});
