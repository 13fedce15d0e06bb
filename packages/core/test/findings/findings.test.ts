import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { findingGroups } from '../../src/diagnosis/catalogue.ts';
import { besideCause, causeOrder } from '../../src/diagnosis/cause.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts';
import { assertSafeAdvice, obeyed } from '../advice.ts';
import { findingCases } from './all.ts';
import type { FindingCase } from './finding-case.ts';

test('every code of the catalogue has exactly one case', () => {
  const codes = findingCases.map(({ code }) => code);
  assert.deepEqual(codes.toSorted(), Object.values(findingGroups).flat().toSorted());
});

for (const each of findingCases) describe(each.code, () => holds(each));

function holds({ code, found, severity, cause, near }: FindingCase): void {
  const diagnosis = diagnose(found);
  const finding = diagnosis.findings.find((one) => one.code === code);
  const fixes = diagnosis.fixes.filter((fix) => fix.for === code);

  it('is found', () => {
    assert.ok(finding, `found ${codesOf(diagnosis)}`);
    assert.equal(finding.severity, severity);
    assert.equal(finding.docs, `docs/findings/${code}.md`);
  });

  it(cause ? 'is the cause, and the first finding' : 'is not the cause', () => {
    assert.equal(diagnosis.cause?.code === code, cause, `the cause is ${diagnosis.cause?.code}`);
    if (cause) assert.equal(diagnosis.findings[0], diagnosis.cause);
    assert.equal(
      [...causeOrder, ...besideCause].includes(code),
      severity === 'error',
      'an error has its place in the order of causes, or beside one',
    );
  });

  it('is said in one sentence, which its page quotes', () => {
    assert.ok(finding);
    assertSentence(finding.message);
    const page = readFileSync(new URL(`../../../../../docs/findings/${code}.md`, import.meta.url), 'utf8');
    assert.ok(
      page.replace(/\s+/g, ' ').includes(finding.message),
      `docs/findings/${code}.md does not quote: ${finding.message}`,
    );
  });

  it('comes with advice that is safe', () => {
    if (cause) assert.ok(fixes.length > 0, 'a cause without a fix');
    assertSafeAdvice(found, diagnosis.fixes);
  });

  for (const [difference, other] of Object.entries(near)) {
    it(`is not found: ${difference}`, () => {
      const codes = codesOf(diagnose(other));
      assert.ok(!codes.includes(code), `found ${codes}`);
    });
  }
}

function codesOf(diagnosis: Diagnosis): string[] {
  return diagnosis.findings.map(({ code }) => code);
}

function assertSentence(message: string): void {
  assert.doesNotMatch(message, obeyed);
  assert.match(message, /^\S.*[^.]\.$/u, message);
  assert.doesNotMatch(message, /[.!?] +\p{Lu}/u, `more than one sentence: ${message}`);
  assert.ok(message.length <= 400, `${message.length} characters`);
}
