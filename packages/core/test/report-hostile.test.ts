import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { Diagnosis } from '../src/diagnosis/diagnosis.ts';
import { formatGithub } from '../src/report/github.ts';
import { formatJson } from '../src/report/json.ts';
import { formatLine } from '../src/report/line.ts';
import { formatMatch } from '../src/report/match.ts';
import { formatNagios } from '../src/report/nagios.ts';
import { formatPretty } from '../src/report/pretty.ts';
import { columns } from '../src/report/wrap.ts';
import { diagnoses } from './golden.ts';

// C0 but for the line feed, DEL, C1, bidi controls, zero width and other invisible characters, lone surrogates.
const obeyed =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|\u{e0001}|[\u{e0020}-\u{e007f}]/u;

const nasty = fc.constantFrom(
  '\n',
  '\r',
  '\r\n',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u0000',
  '\u009b2J',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\u{e0041}',
  '|',
  '%',
  '%0A',
  '::error::',
  '::',
  ',',
  ':',
  ' ',
  '\t',
  '.',
  '*',
  '^',
  '"',
  '\\',
  'xn--',
  'bücher',
  '例え',
  'example.com',
  '0',
  '[',
  ']',
  '$(x)',
  '`',
);
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 })
  .map((parts) => parts.join(''));

/** Words of a closed set: they come from our own code, never from outside. */
const closedKeys = new Set([
  'version',
  'verdict',
  'from',
  'purpose',
  'kind',
  'severity',
  'who',
  'sure',
  'for',
  'during',
  'chainFrom',
  'san',
  'type',
  'speaks',
  'used',
  'clock',
  'notAfter',
  'notBefore',
  'leg',
  'verification',
]);
const closedInside = new Set(['findings', 'fixes', 'cause']);

/** A golden diagnosis with some of its texts from outside replaced. */
const hostileDiagnosis = fc
  .tuple(
    fc.constantFrom(...Object.values(diagnoses)),
    fc.array(hostile, { minLength: 1, maxLength: 12 }),
    fc.nat(3),
  )
  .map(([diagnosis, texts, keep]) => {
    let at = 0;
    const replace = (value: unknown, key: string, inside: string): unknown => {
      if (typeof value === 'string') {
        const isClosed = closedKeys.has(key) || (key === 'code' && closedInside.has(inside));
        return isClosed || ++at % 4 < keep ? value : texts[at % texts.length];
      }
      if (Array.isArray(value)) return value.map((each) => replace(each, key, inside));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [
          name,
          // The code of a fix is text, that of a finding is not.
          replace(each, name, key === 'fixes' ? 'a fix' : closedInside.has(key) ? key : inside),
        ]),
      );
    };
    return replace(diagnosis, '', '') as Diagnosis;
  });

const runs = { numRuns: 200 };

test('a line stays one line without a character that a terminal obeys', () => {
  fc.assert(
    fc.property(hostileDiagnosis, (diagnosis) => {
      const line = formatLine(diagnosis);
      assert.doesNotMatch(line, obeyed);
      assert.doesNotMatch(line, /\n/);
      assert.match(line, /^[✓✗!?] \S+ +[a-z-]+/u);
    }),
    runs,
  );
});

test('github: exactly one command a line, as many as there are findings', () => {
  fc.assert(
    fc.property(hostileDiagnosis, (diagnosis) => {
      const text = formatGithub(diagnosis);
      assert.doesNotMatch(text, obeyed);
      const lines = text === '' ? [] : text.split('\n');
      assert.equal(lines.length, diagnosis.findings.length);
      for (const line of lines) {
        assert.match(line, /^::(error|warning|notice) title=[^:,\n]+(?:,file=[^:,\n]+,line=\d+,col=\d+)?::/);
        assert.doesNotMatch(line, /%(?!25|0A|0D|3A|2C)/, 'every percent sign is our own');
      }
    }),
    runs,
  );
});

test('nagios: one line, and one bar before the numbers', () => {
  fc.assert(
    fc.property(hostileDiagnosis, (diagnosis) => {
      const { text } = formatNagios(diagnosis);
      assert.doesNotMatch(text, obeyed);
      assert.match(
        text,
        /^ALTNAME (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+(\|(days_left=-?\d+;14:;7:;; ?)?(time=[\d.]+s;;;0;)?)?$/,
      );
    }),
    runs,
  );
});

test('pretty: no character that a terminal obeys, at any width, with or without colour', () => {
  fc.assert(
    fc.property(
      hostileDiagnosis,
      fc.integer({ min: 40, max: 140 }),
      fc.boolean(),
      (diagnosis, width, all) => {
        const plain = formatPretty(diagnosis, { width, all });
        assert.doesNotMatch(plain, obeyed);
        assert.equal(stripVTControlCharacters(formatPretty(diagnosis, { width, all, color: true })), plain);
        assert.match(formatPretty(diagnosis, { width, all, ascii: true }), /^[\n\u0020-\u007e]*$/);
        const noCode = { ...diagnosis, fixes: diagnosis.fixes.map((fix) => ({ ...fix, code: null })) };
        for (const line of formatPretty(noCode, { width, all }).split('\n')) {
          assert.ok(columns(line) <= width, `${width}: ${line}`);
        }
      },
    ),
    runs,
  );
});

test('json: one line without a character that a terminal obeys, and the same data', () => {
  fc.assert(
    fc.property(hostileDiagnosis, (diagnosis) => {
      const line = formatJson(diagnosis);
      assert.doesNotMatch(line, obeyed);
      assert.doesNotMatch(line, /\n/);
      assert.deepEqual(JSON.parse(line), diagnosis);
    }),
    runs,
  );
});

test('match: any name against any names', () => {
  fc.assert(
    fc.property(
      hostile,
      fc.array(hostile, { maxLength: 6 }),
      fc.array(hostile, { maxLength: 3 }),
      (name, dns, ip) => {
        const presented = { san: 'present' as const, dns, ip, others: [], commonNames: [] };
        assert.doesNotMatch(formatMatch(name, presented), obeyed);
      },
    ),
    runs,
  );
});
