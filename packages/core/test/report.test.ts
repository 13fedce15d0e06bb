import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Diagnosis } from '../src/diagnosis/diagnosis.ts';
import type { AppFacts } from '../src/diagnosis/evidence.ts';
import { exitCodeOf } from '../src/report/exit.ts';
import { formatGithub } from '../src/report/github.ts';
import { formatLine } from '../src/report/line.ts';
import { formatMatch } from '../src/report/match.ts';
import { formatNagios } from '../src/report/nagios.ts';
import { formatPretty } from '../src/report/pretty.ts';
import { formatSummary } from '../src/report/summary.ts';
import { columns } from '../src/report/wrap.ts';
import { weakening, withoutRemovals } from './advice.ts';
import { diagnoses, diagnosisOf, matchesGolden } from './golden.ts';

const golden = Object.entries(diagnoses);

/** 10,000 names, the near ones at the end. */
const manyNames: Diagnosis = {
  ...diagnosisOf('wildcard-depth'),
  names: {
    ...diagnosisOf('wildcard-depth').names,
    presented: {
      san: 'present',
      dns: [
        ...Array.from({ length: 9_990 }, (_, index) => `host-${index}.other.net`),
        ...Array.from({ length: 8 }, (_, index) => `host-${index}.example.com`),
        'api.us.example.com',
        '*.example.com',
      ],
      ip: [],
      others: [],
      commonNames: [],
    },
  },
};

const inputs = [...golden, ['many-names', manyNames] as const];

for (const [name, diagnosis] of inputs) {
  test(`pretty: ${name}`, () => matchesGolden(`${name}.txt`, formatPretty(diagnosis)));
}

test('pretty in ASCII', () => {
  matchesGolden('wildcard-depth.ascii.txt', formatPretty(diagnosisOf('wildcard-depth'), { ascii: true }));
  for (const [name, diagnosis] of inputs) {
    const ascii = formatPretty(diagnosis, { ascii: true, all: true, width: 60 });
    assert.match(ascii, /^[\n\u0020-\u007e]*$/, name);
  }
});

test('pretty with all names', () => {
  matchesGolden(
    'expired-and-mismatch.all.txt',
    formatPretty(diagnosisOf('expired-and-mismatch'), { all: true }),
  );
  const text = formatPretty(manyNames, { all: true });
  for (const name of manyNames.names.presented?.dns ?? []) assert.ok(text.includes(name), name);
});

test('pretty in a narrow and in a wide terminal', () => {
  matchesGolden(
    'sni-from-host-header.50.txt',
    formatPretty(diagnosisOf('sni-from-host-header'), { width: 50 }),
  );
  matchesGolden(
    'sni-from-host-header.120.txt',
    formatPretty(diagnosisOf('sni-from-host-header'), { width: 120 }),
  );
});

test('pretty shows the six names, each once, in the order in which one leads to the next', () => {
  const words = ['asked', 'dialled', 'host', 'sent', 'checked', 'presented'];
  for (const [name, diagnosis] of inputs) {
    const labels = formatPretty(diagnosis).matchAll(/^ {2}(\w+) +│/gm);
    assert.deepEqual(
      [...labels].map(([, label]) => label),
      words,
      name,
    );
  }
});

test('colour changes nothing but the colour', () => {
  for (const [name, diagnosis] of inputs) {
    for (const width of [40, 80, 133]) {
      const plain = formatPretty(diagnosis, { width });
      const color = formatPretty(diagnosis, { width, color: true });
      assert.notEqual(color, plain, name);
      assert.equal(stripVTControlCharacters(color), plain, name);
    }
    assert.equal(
      stripVTControlCharacters(formatLine(diagnosis, { color: true })),
      formatLine(diagnosis),
      name,
    );
  }
});

test('no line is wider than the width, but for code', () => {
  for (const [name, diagnosis] of inputs) {
    const code = new Set(
      diagnosis.fixes.flatMap((fix) => fix.code?.split('\n').map((line) => line.trim()) ?? []),
    );
    for (const width of [40, 60, 80, 120]) {
      for (const all of name === 'many-names' ? [false] : [false, true]) {
        for (const line of formatPretty(diagnosis, { width, all }).split('\n')) {
          assert.ok(columns(line) <= width || code.has(line.trim()), `${name} at ${width}: ${line}`);
          assert.equal(line, line.trimEnd(), `${name}: a line ends in spaces`);
        }
      }
    }
  }
});

test('no report says how to turn verification off', () => {
  for (const [name, diagnosis] of inputs) {
    // Wide enough that no sentence is broken, which would part a switch from the word before it.
    const text = [
      formatPretty(diagnosis, { width: 2000 }),
      formatGithub(diagnosis),
      formatLine(diagnosis),
    ].join('\n');
    const rest = withoutRemovals(text.replace(/\s+/g, ' '));
    assert.doesNotMatch(rest, weakening, name);
    assert.doesNotMatch(rest, /NODE_TLS_REJECT|insecure/i, name);
  }
});

test('what a program did: who called, by which library, on which leg', () => {
  const called = (app: Partial<AppFacts>, client: Diagnosis['client'] = null): string | undefined => {
    const facts: AppFacts = { callSite: null, library: null, leg: 'direct', verification: 'full', ...app };
    const text = formatPretty({ ...diagnosisOf('app-host-header'), client, app: facts }, { width: 200 });
    assert.doesNotMatch(text, /--json|--all/, 'options that a program was not started with');
    assert.match(text, /\n {2}Why: altname explain sni-from-host-header$/);
    return /^ {2}called +(.+)$/m.exec(text)?.[1];
  };
  assert.equal(called({ callSite: 'a.ts:1:2', library: 'axios@1.21.1' }), 'a.ts:1:2 · axios@1.21.1');
  assert.equal(called({ callSite: 'a.ts:1:2' }, 'fetch'), 'a.ts:1:2 · fetch (undici)', 'Node itself');
  assert.equal(called({ library: 'got@14.0.0', leg: 'origin' }), 'got@14.0.0 · through the proxy');
  assert.equal(called({ leg: 'proxy' }, 'undici-proxy'), 'undici ProxyAgent · to the proxy');
  assert.equal(called({}, 'https'), undefined, 'nothing that is not said elsewhere');
  assert.match(formatPretty(diagnosisOf('wildcard-depth')), / · data: --json$/);
});

test('a protocol that was not seen leaves no gap', () => {
  const { attempts, ...rest } = diagnosisOf('accepted');
  const [first, ...others] = attempts;
  assert.ok(first?.outcome.kind === 'handshake');
  const unseen = { ...first, outcome: { ...first.outcome, protocol: '' } };
  for (const text of [
    formatPretty({ ...rest, attempts: [unseen, ...others] }),
    formatLine({ ...rest, attempts: [unseen] }),
  ]) {
    assert.doesNotMatch(text, /·\s*·|TLS 1/);
    assert.match(text, / · 38 ms/);
  }
});

test('github marks the place in the program, when it is a file of the repository', () => {
  const at = (callSite: string | null): string[] => {
    const diagnosis = diagnosisOf('app-host-header');
    const app = { ...(diagnosis.app as AppFacts), callSite };
    const [line = ''] = formatGithub({ ...diagnosis, app }).split('\n');
    return [/^::error (.*?)::/.exec(line)?.[1] ?? '', /Called at [^%]+/.exec(line)?.[0] ?? ''];
  };
  const title = 'title=sni-from-host-header';
  assert.deepEqual(at('src/pay.ts:42:18'), [`${title},file=src/pay.ts,line=42,col=18`, '']);
  assert.deepEqual(at('src/a,b:c.ts:1:2'), [`${title},file=src/a%2Cb%3Ac.ts,line=1,col=2`, '']);
  assert.deepEqual(at('/srv/app/pay.ts:42:18'), [title, 'Called at /srv/app/pay.ts:42:18']);
  assert.deepEqual(at('C:\\app\\pay.ts:42:18'), [title, 'Called at C:\\app\\pay.ts:42:18']);
  assert.deepEqual(at('webpack://app/pay.ts:42:18'), [title, 'Called at webpack://app/pay.ts:42:18']);
  assert.deepEqual(at(null), [title, '']);
});

test('carets stand under the label that fails', () => {
  const cases: [reference: string, presented: string, label: string][] = [
    ['api.eu.example.com', '*.example.com', 'api'],
    ['api.eu.example.com', 'example.com', 'eu'],
    ['api.exmaple.com', 'api.example.com', 'example'],
    ['example.com', '*.example.com', '*'],
    ['example.com', 'www.example.com', 'www'],
    ['a.b.example.com', 'a.c.example.com', 'c'],
    ['example.com', 'example.com.', '.'],
    ['a.example.com', 'b.example.com.', '.'],
    ['www.example.com', 'w*.example.com', 'w*.example.com'],
    ['www.example.com', '*.com', '*.com'],
    ['WWW.Example.COM.', 'w.example.com', 'w'],
  ];
  for (const [reference, presented, label] of cases) {
    const text = formatMatch(reference, {
      san: 'present',
      dns: [presented],
      ip: [],
      others: [],
      commonNames: [],
    });
    const lines = text.split('\n');
    const carets = lines.find((line) => line.includes('^')) ?? '';
    const start = carets.indexOf('^');
    const end = carets.lastIndexOf('^') + 1;
    const under = [
      lines.find((line) => line.includes('presented')),
      lines.find((line) => line.includes('checked')),
    ]
      .map((line) => line?.slice(start, end).trim() ?? '')
      .find((part) => part !== '');
    assert.equal(under, label, text);
  }
});

test('a name is told from one that only looks like it', () => {
  const text = formatPretty(diagnosisOf('idn'));
  assert.match(text, /www\.xn--bchr-0ra660c\.example +also written www\.büchеr\.example/);
  assert.match(text, /www\.xn--bcher-kva\.example +from the URL; also written/);
});

test('line: one for each diagnosis', () => {
  const lines = inputs.map(([, diagnosis]) => formatLine(diagnosis));
  matchesGolden('lines.txt', lines.join('\n'));
  for (const [index, line] of lines.entries()) {
    const [mark, target, code] = line.split(/ +/);
    const diagnosis = inputs[index]?.[1];
    assert.match(mark ?? '', /^[✓✗!?]$/);
    assert.match(target ?? '', /^\S+$/);
    assert.ok(
      code === diagnosis?.verdict || diagnosis?.findings.some((finding) => finding.code === code),
      line,
    );
  }
  assert.match(formatLine(diagnosisOf('accepted'), { ascii: true }), /^\+ www\.example\.com:443 /);
});

test('summary', () => {
  const every = inputs.map(([, diagnosis]) => diagnosis);
  matchesGolden('summary.txt', formatSummary(every, 4_123, exitCodeOf(every)));
  assert.equal(formatSummary([], 12, 0), 'altname: 0 ok · 0 targets · 12 ms · exit 0');
  const counts = [...formatSummary(every, 1, 1).split('·')[0]!.matchAll(/\d+/g)].map(Number);
  assert.equal(
    counts.reduce((sum, each) => sum + each),
    every.length,
    'every diagnosis is counted once',
  );
});

test('github: one command for each finding', () => {
  matchesGolden(
    'github.txt',
    inputs
      .map(([, diagnosis]) => formatGithub(diagnosis))
      .filter(Boolean)
      .join('\n'),
  );
  assert.equal(formatGithub(diagnosisOf('accepted')), '');
  const [finding] = diagnosisOf('alert').findings;
  const message = '50% of\r\n::error::it, done';
  const odd = { ...diagnosisOf('alert'), fixes: [], findings: [{ ...finding!, message }] };
  assert.equal(
    formatGithub(odd),
    '::error title=sni-refused::tenant-9.example.com:443: 50%25 of\\x0d\\x0a::error::it, done',
  );
});

test('nagios', () => {
  matchesGolden(
    'nagios.txt',
    inputs
      .map(([, diagnosis]) => formatNagios(diagnosis))
      .map(({ text, status }) => `${status} ${text}`)
      .join('\n'),
  );
  const accepted = diagnosisOf('accepted');
  const withDays = (daysLeft: number): Diagnosis => ({
    ...accepted,
    certificate: { ...accepted.certificate!, daysLeft },
  });
  const statuses = [-1, 6, 7, 13, 14].map((days) => formatNagios(withDays(days)).status);
  assert.deepEqual(statuses, [2, 2, 1, 1, 0]);
  assert.equal(formatNagios(withDays(20), { warnDays: 30, criticalDays: 21 }).status, 2);
  assert.match(
    formatNagios(withDays(20)).text,
    /^ALTNAME OK: [^|]*\|days_left=20;14:;7:;; time=0\.038s;;;0;$/,
  );
  assert.equal(formatNagios(diagnosisOf('unreachable')).status, 2);
  assert.equal(formatNagios({ ...accepted, attempts: [], verdict: 'unreachable' }).status, 3);
});

test('exit codes, of one and of many', () => {
  const [accepted, warned, refused, unreachable] = [
    diagnosisOf('accepted'),
    diagnosisOf('accepted-with-warning'),
    diagnosisOf('alert'),
    diagnosisOf('unreachable'),
  ];
  assert.equal(exitCodeOf(accepted), 0);
  assert.equal(exitCodeOf(warned), 0);
  assert.equal(exitCodeOf(refused), 1);
  assert.equal(exitCodeOf(unreachable), 3);
  assert.equal(
    exitCodeOf({ ...accepted, findings: refused.findings }),
    1,
    'accepted, with a finding of severity error',
  );
  assert.equal(exitCodeOf([]), 0);
  assert.equal(exitCodeOf([accepted, warned]), 0);
  assert.equal(exitCodeOf([accepted, unreachable]), 3);
  assert.equal(exitCodeOf([unreachable, refused, accepted]), 1);
});
