import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import {
  codes,
  formatGithub,
  formatJson,
  formatLine,
  formatPretty,
  formatSarif,
  lint,
  type LintReport,
} from '../src/index.ts';
import { treeOf } from './tree.ts';

interface Sarif {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: { readonly rules: readonly { id: string; properties: { tags: string[] } }[] };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly locations: readonly {
        physicalLocation: { artifactLocation: { uri: string; uriBaseId: string } };
      }[];
    }[];
  }[];
}

const files = {
  'src/a b.js': `const https = require('https');\nhttps.get({ rejectUnauthorized: false });\nhttps.get({ rejectUnauthorized: false });\n`,
  '.env': 'NODE_TLS_REJECT_UNAUTHORIZED=0\n',
  'broken.js': 'rejectUnauthorized(',
  'c.js': '// altname-ignore-next-line no-ip-servername: x\n',
};
const report = lint(['.'], { cwd: treeOf(files) });
const empty: LintReport = { files: 3, problems: [] };
const hostile = lint(['.'], {
  cwd: treeOf({
    // A file name cannot have a line end on every system; a line of the text can have everything else.
    'a%,:.js': `require('https').get({ rejectUnauthorized: false, host: '\u001b[31m\u202e\u0007' });`,
    'long.js': `${' '.repeat(50)}${'a();'.repeat(5000)}require('https').get({ rejectUnauthorized: false });${'b();'.repeat(5000)}`,
  }),
});

describe('SARIF', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../test/sarif-2.1.0.schema.json', import.meta.url), 'utf8'),
  ) as AnySchemaObject;
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  const parsed = (of: LintReport): Sarif => JSON.parse(formatSarif(of)) as Sarif;

  for (const [title, of] of [
    ['a report', report],
    ['an empty one', empty],
    ['hostile files', hostile],
  ] as const) {
    it(`is valid by the published schema: ${title}`, () => {
      assert.ok(validate(parsed(of)), JSON.stringify(validate.errors));
    });
  }

  it('is not valid by it where something is missing: the schema is in force', () => {
    assert.ok(!validate({ version: '2.1.0' }));
    assert.ok(!validate({ version: '2.1.0', runs: [{ results: [] }] }));
  });

  it('has each code as a rule, with its weakness', () => {
    const rules = parsed(report).runs[0]?.tool.driver.rules ?? [];
    assert.deepEqual(
      rules.map(({ id }) => id),
      Object.keys(codes),
    );
    for (const { id, properties } of rules) {
      const { cwe } = codes[id as keyof typeof codes];
      assert.deepEqual(
        properties.tags.filter((tag) => tag.startsWith('external/')),
        cwe === null ? [] : [`external/cwe/cwe-${cwe}`],
      );
    }
    for (const { ruleId, ruleIndex } of parsed(report).runs[0]?.results ?? []) {
      assert.equal(rules[ruleIndex]?.id, ruleId);
    }
  });

  it('has paths that are relative URIs', () => {
    const uris = (of: LintReport): readonly string[] =>
      parsed(of).runs[0]?.results.map(
        ({ locations: [place] }) => place?.physicalLocation.artifactLocation.uri ?? '',
      ) ?? [];
    assert.ok(uris(report).includes('src/a%20b.js'));
    assert.ok(uris(hostile).includes('a%25%2C%3A.js'));
  });

  const marks = (of: LintReport): readonly string[] =>
    parsed(of).runs[0]?.results.map(({ partialFingerprints }) => partialFingerprints['altname/v1'] ?? '') ??
    [];

  it('has fingerprints that stay where lines move and spaces change, and are all different', () => {
    const moved = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path,
        path.endsWith('b.js') ? `// one\n\n${text.replaceAll('https.get', '  https.get')}` : `\n\n${text}`,
      ]),
    );
    const before = marks(report);
    assert.equal(new Set(before).size, before.length);
    assert.equal(before.length, report.problems.length);
    assert.deepEqual(marks(lint(['.'], { cwd: treeOf(moved) })), before);
  });

  it('has another fingerprint in another file', () => {
    const other = lint(['.'], { cwd: treeOf({ 'x.js': files['src/a b.js'] }) });
    for (const mark of marks(other)) assert.ok(!marks(report).includes(mark));
  });
});

describe('the report', () => {
  it('is JSON with a version', () => {
    const {
      version,
      files: count,
      problems,
    } = JSON.parse(formatJson(report)) as LintReport & { version: number };
    assert.deepEqual([version, count], [1, 4]);
    assert.deepEqual(
      problems.map(({ code, path, line, column }) => [code, path, line, column]),
      [
        ['no-disabled-verification', '.env', 1, 1],
        ['not-read', 'broken.js', 1, 20],
        ['unused-ignore', 'c.js', 1, 1],
        ['no-disabled-verification', 'src/a b.js', 2, 13],
        ['no-disabled-verification', 'src/a b.js', 3, 13],
      ],
    );
  });

  it('is a line for each problem, as compilers write them', () => {
    const lines = formatLine(report).split('\n');
    assert.equal(lines.length, 5);
    assert.match(
      lines[3] ?? '',
      /^src\/a b\.js:2:13: error no-disabled-verification: `rejectUnauthorized: false` /,
    );
    assert.equal(formatLine(empty), '');
  });

  it('marks the places in GitHub', () => {
    const lines = formatGithub(report).split('\n');
    assert.match(
      lines[3] ?? '',
      /^::error title=no-disabled-verification,file=src\/a b\.js,line=2,col=13,endLine=2,endColumn=38::`rejectUnauthorized/,
    );
    assert.match(formatGithub(hostile).split('\n')[0] ?? '', /,file=a%25%2C%3A\.js,line=1/);
  });

  for (const width of [60, 80, 200]) {
    it(`fits ${width} columns, for people`, () => {
      for (const of of [report, hostile, empty]) {
        for (const line of formatPretty(of, { color: false, width }).split('\n')) {
          const path = line.includes(':1:') || line.includes(':2:') || line.includes(':3:');
          assert.ok(path || line.length <= width, `${line.length}: ${line}`);
        }
      }
    });
  }

  it('marks the place below the line', () => {
    const lines = formatPretty(report, { color: false, width: 100 }).split('\n');
    const at = lines.findIndex((line) => line.startsWith('src/a b.js:2:13'));
    assert.equal(lines[at], 'src/a b.js:2:13  error no-disabled-verification');
    assert.equal(lines[at + 1], '2 | https.get({ rejectUnauthorized: false });');
    assert.equal(lines[at + 2], `  | ${' '.repeat(12)}${'^'.repeat(25)}`);
    assert.equal(lines.at(-1), '4 files read: 3 errors, 1 warning, 1 note');
    assert.equal(formatPretty(empty, { color: false, width: 80 }), '3 files read, nothing found');
  });

  it('lets no sign of the file reach the terminal', () => {
    const found = {
      ...hostile,
      problems: hostile.problems.map((each) => ({
        ...each,
        path: 'a\u001b[31m\u202e\u2028.js',
        message: '\u001b[2J',
        hint: '\u009b\u200b',
      })),
    };
    for (const format of [
      formatLine,
      formatGithub,
      formatJson,
      formatSarif,
      (of: LintReport) => formatPretty(of, { color: false, width: 80 }),
    ]) {
      assert.doesNotMatch(format(found), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u202e]/);
    }
    assert.match(formatPretty(found, { color: true, width: 80 }), /\u001b\[31m/);
  });
});
