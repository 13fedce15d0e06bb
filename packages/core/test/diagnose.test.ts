import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AltnameError } from '../src/error.ts';
import { causeOrder } from '../src/diagnosis/cause.ts';
import { clientNames } from '../src/diagnosis/clients/index.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import type { AppFacts, Evidence } from '../src/diagnosis/evidence.ts';
import { formatPretty } from '../src/report/pretty.ts';
import { assertSafeAdvice, obeyed, weakening, withoutRemovals } from './advice.ts';
import { certificate, evidence, noConnection, shown, type EvidenceSpec } from './evidence.ts';
import { findingCases } from './findings/all.ts';

/** All evidence of the catalogue: what has a finding, and what comes near. */
const everyEvidence: readonly Evidence[] = findingCases.flatMap(({ found, near }) => [
  found,
  ...Object.values(near),
]);

test('the same evidence gives the same diagnosis, also after a way through JSON', () => {
  for (const each of everyEvidence) {
    const first = diagnose(each);
    assert.deepEqual(diagnose(each), first);
    assert.deepEqual(diagnose(JSON.parse(JSON.stringify(each)) as Evidence), first);
    assert.deepEqual(JSON.parse(JSON.stringify(first)), first, 'a diagnosis is plain data');
  }
});

test('evidence is only read', () => {
  for (const each of everyEvidence) diagnose(deepFreeze(structuredClone(each)));
});

test('no clock but that of the evidence', (t) => {
  const before = everyEvidence.map((each) => JSON.stringify(diagnose(each)));
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2039-01-01T00:00:00Z') });
  assert.deepEqual(
    everyEvidence.map((each) => JSON.stringify(diagnose(each))),
    before,
  );
});

test('a refusal has one cause, which stands first, once, and comes with a fix', () => {
  for (const each of everyEvidence) {
    const { verdict, cause, findings, fixes } = diagnose(each);
    const codes = findings.map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length, 'no code twice');
    if (verdict === 'accepted') continue;
    assert.ok(cause, `${each.target}: ${codes}`);
    assert.equal(findings[0], cause);
    assert.equal(cause.severity, 'error');
    assert.ok(
      fixes.some((fix) => fix.for === cause.code),
      `no fix for ${cause.code}`,
    );
    const places = findings
      .slice(1)
      .filter(({ severity }) => severity === 'error')
      .map(({ code }) => causeOrder.indexOf(code));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      'the other errors in the order of causes',
    );
  }
});

test('an untrusted chain does not hide a wrong name, nor the other way round', () => {
  const { cause, findings, fixes, node } = diagnose(
    evidence({
      asked: 'billing.shop.test',
      own: shown(certificate({ dns: ['catalogue.shop.test'], notAfter: '2026-11-20T00:00:00.000Z' }), {
        chainError: 'CERT_HAS_EXPIRED',
        nameError: "Host: billing.shop.test. is not in the cert's altnames: DNS:catalogue.shop.test",
      }),
    }),
  );
  assert.equal(cause?.code, 'expired');
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['expired', 'name-mismatch'],
  );
  assert.deepEqual([...new Set(fixes.map((fix) => fix.for))], ['expired', 'name-mismatch']);
  assert.equal(node.error?.code, 'CERT_HAS_EXPIRED', 'Node stops at the chain');
});

test('a wrong name is found when Node never came to compare it', () => {
  const { findings } = diagnose(
    evidence({
      asked: 'billing.shop.test',
      own: shown(certificate({ dns: ['catalogue.shop.test'], by: 'itself' }), {
        chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      }),
    }),
  );
  const codes = findings.map(({ code }) => code);
  assert.ok(codes.includes('self-signed') && codes.includes('name-mismatch'), `${codes}`);
});

test('where Node and RFC 9525 differ, both answers are there', () => {
  const onlyNode = diagnose(
    evidence({
      asked: 'legacy.shop.test',
      own: shown(certificate({ subject: { CN: 'legacy.shop.test' } })),
    }),
  );
  assert.equal(onlyNode.verdict, 'accepted', 'what this Node does');
  assert.equal(onlyNode.node.error, null);
  assert.ok(
    onlyNode.findings.some(({ code }) => code === 'accepted-only-by-node'),
    'what RFC 9525 says',
  );

  const onlyStandard = diagnose(
    evidence({
      asked: '2001:db8::6',
      node: 'v22.23.3',
      own: shown(certificate({ ip: ['2001:db8::6'] }), { nameError: 'Cert does not contain a DNS name' }),
    }),
  );
  assert.equal(onlyStandard.verdict, 'refused');
  assert.equal(onlyStandard.node.error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.equal(onlyStandard.cause?.code, 'refused-only-by-this-node');
});

test('trust is never advised for a certificate that answers the wrong question', () => {
  const stranger = certificate({ subject: { CN: 'TRAEFIK DEFAULT CERT' }, by: 'itself' });
  const { cause, fixes } = diagnose(
    evidence({
      asked: 'app.shop.test',
      sent: { value: null, from: 'switched-off' },
      own: shown(stranger, {
        chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        nameError: "Host: app.shop.test. is not cert's CN: TRAEFIK DEFAULT CERT",
      }),
      further: [
        {
          purpose: 'asked-name',
          sent: 'app.shop.test',
          outcome: shown(certificate({ dns: ['app.shop.test'] })),
        },
      ],
    }),
  );
  assert.equal(cause?.code, 'sni-not-sent');
  for (const { title, code } of fixes) assert.doesNotMatch(`${title} ${code}`, /\bca\b|trust|CA_CERTS/i);
});

test('a name of the user’s own that the trusted certificate carries needs no condition', () => {
  const { fixes } = diagnose(
    evidence({
      asked: '10.0.1.6',
      host: { value: 'db.shop.test:8443', from: 'host-header' },
      own: shown(certificate({ dns: ['db.shop.test'] }), {
        nameError: "IP: 10.0.1.6 is not in the cert's list: ",
      }),
    }),
  );
  assert.equal(fixes[0]?.sure, 'certain');
  assert.match(fixes[0]?.code ?? '', /servername: 'db\.shop\.test'/);
  assert.equal(fixes[0]?.condition, null);
});

test('the same name is only a condition away when the chain is not trusted', () => {
  const leaf = certificate({ dns: ['db.shop.test'], by: 'itself' });
  const own = shown(leaf, {
    chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    nameError: "IP: 10.0.1.6 is not in the cert's list: ",
  });
  const { fixes } = diagnose(
    evidence({ asked: '10.0.1.6', host: { value: 'db.shop.test', from: 'host-header' }, own }),
  );
  const about = fixes.filter(
    ({ who, code }) => who === 'client' && code?.includes("'db.shop.test'") === true,
  );
  assert.ok(about.length > 0);
  for (const { sure, condition } of about) {
    assert.notEqual(sure, 'certain');
    assert.match(condition ?? '', /only if/);
  }
});

test('a CNAME target is advised without a condition only when the chain is trusted', () => {
  const leaf = certificate({ dns: ['shop-1.dbhost.test'], by: 'itself' });
  const aliased = (chainError?: string): Evidence =>
    evidence({
      asked: 'db.shop.test',
      dialled: { cnames: ['shop-1.dbhost.test'] },
      own: shown(leaf, {
        ...(chainError === undefined ? {} : { chainError }),
        nameError: "Host: db.shop.test. is not in the cert's altnames: DNS:shop-1.dbhost.test",
      }),
    });
  const conditions = (each: Evidence): (string | null)[] =>
    diagnose(each)
      .fixes.filter(({ who, title }) => who === 'client' && title.includes('shop-1.dbhost.test'))
      .map(({ condition }) => condition);
  assert.deepEqual(conditions(aliased()), [null, null]);
  const distrusted = conditions(aliased('DEPTH_ZERO_SELF_SIGNED_CERT'));
  assert.equal(distrusted.length, 2);
  for (const condition of distrusted) assert.match(condition ?? '', /only if/);
});

test('a CA that was made anew under its old name is not taken for an intermediate', () => {
  const ca = certificate({ subject: { CN: 'Shop Dev CA' }, by: 'itself' });
  for (const [chain, chainError] of [
    [[certificate({ dns: ['www.shop.test'], by: ca })], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [[certificate({ dns: ['www.shop.test'], by: ca }), ca], 'SELF_SIGNED_CERT_IN_CHAIN'],
  ] as const) {
    const { cause } = diagnose(
      evidence({
        asked: 'www.shop.test',
        own: shown(chain, { chainError }),
        trust: { used: ['ca'], given: ['CN=Shop Dev CA'], relatedRoot: 'CN=Shop Dev CA' },
      }),
    );
    assert.equal(cause?.code, 'issuer-unknown');
    assert.match(cause.message, /a root of that very name is trusted, but with another key/);
  }
});

test('no wildcard is advised that would be too broad to match', () => {
  const { fixes } = diagnose(
    evidence({
      asked: 'shop.test',
      own: shown(certificate({ dns: ['sh*.test'] }), {
        nameError: "Host: shop.test. is not in the cert's altnames: DNS:sh*.test",
      }),
    }),
  );
  assert.ok(fixes.length > 0);
  for (const { title } of fixes) assert.doesNotMatch(title, /\*\.test/);
});

test('a server is not told to serve an address as its name', () => {
  const { findings, fixes } = diagnose(caseOf('sni-is-ip'));
  assert.ok(!findings.some(({ code }) => code === 'sni-refused'));
  assert.ok(!fixes.some(({ who }) => who === 'server'));
});

test('the command for STARTTLS asks the port that was asked', () => {
  assert.ok(
    diagnose(caseOf('starttls-needed')).fixes.some(({ title }) =>
      title.endsWith('altname check --starttls smtp mail.shop.test:587'),
    ),
  );
});

test('at most six fixes, no title twice, the cause first', () => {
  for (const each of everyEvidence) {
    const { cause, fixes } = diagnose(each);
    assert.ok(fixes.length <= 6);
    assert.equal(new Set(fixes.map(({ title }) => title)).size, fixes.length);
    if (cause !== null && fixes.length > 0) assert.equal(fixes[0]?.for, cause.code);
  }
});

test('evidence that cannot be read is refused with a code of ours', () => {
  const good = everyEvidence[0] as Evidence;
  for (const bad of [
    { ...good, attempts: [] },
    { ...good, version: 2 as 1 },
  ]) {
    assert.throws(
      () => diagnose(bad),
      (error) => error instanceof AltnameError && error.code === 'ALTNAME_BAD_EVIDENCE',
    );
  }
});

test('text from the network is never obeyed: no message, no fix carries it as it is', () => {
  fc.assert(
    fc.property(hostileEvidence(), (each) => {
      const { findings, fixes } = diagnose(each);
      for (const { code, message } of findings) assert.doesNotMatch(message, obeyed, code);
      for (const { for: code, title, condition, code: lines } of fixes) {
        assert.doesNotMatch(`${title}${condition ?? ''}`, obeyed, code);
        assert.doesNotMatch((lines ?? '').replaceAll('\n', ''), obeyed, code);
        assert.doesNotMatch(lines ?? '', /^INJECTED/m, 'no line of code of its own');
      }
    }),
    { numRuns: 600 },
  );
});

test('no evidence makes a fix that weakens verification, or trusts a stranger', () => {
  fc.assert(
    fc.property(hostileEvidence(), (each) => {
      const { fixes } = diagnose(each);
      // A hostile name may spell a switch; it is not one that a fix of ours wrote.
      if (!weakening.test(JSON.stringify(each))) assertSafeAdvice(each, fixes);
    }),
    { numRuns: 300 },
  );
});

test('what a program sees of one attempt is judged as safely, by any client and on any leg', () => {
  fc.assert(
    fc.property(appEvidence(), (each) => {
      const { verdict, cause, findings, fixes, app } = diagnose(each);
      assert.deepEqual(app, each.app);
      assertSafeAdvice(each, fixes);
      for (const { code, message } of findings) {
        assert.doesNotMatch(message, obeyed, code);
        assert.doesNotMatch(withoutRemovals(message), weakening, code);
      }
      if (verdict === 'refused') {
        assert.ok(cause);
        assert.equal(findings[0], cause);
        assert.ok(fixes.some((fix) => fix.for === cause.code));
        const [, leg] =
          /; this is the connection (to the proxy itself|through the proxy)\.$/.exec(cause.message) ?? [];
        const legs = {
          direct: undefined,
          proxy: 'to the proxy itself',
          origin: 'through the proxy',
        };
        assert.equal(leg, legs[each.app?.leg ?? 'direct'], cause.message);
      }
      const at = findings.findIndex(({ code }) => code === 'verification-disabled-hides');
      assert.notEqual(cause?.code, 'verification-disabled-hides');
      assert.ok(at === -1 || at === 1, `place ${at}`);
      assert.equal(
        fixes.some((fix) => fix.for === 'verification-disabled-hides'),
        at === 1,
        'its fix is never cut off',
      );
      if (each.app?.verification === 'full') assert.equal(at, -1);
    }),
    { numRuns: 1000 },
  );
});

function caseOf(code: string): Evidence {
  const one = findingCases.find((each) => each.code === code);
  assert.ok(one);
  return one.found;
}

/** Words of closed sets, digests that only link, and what readers of the evidence are told by its type. */
const closedKeys = new Set([
  'version',
  'from',
  'purpose',
  'kind',
  'during',
  'chainFrom',
  'san',
  'type',
  'speaks',
  'used',
  'client',
  'starttls',
  'chain',
  'sha256',
  'leg',
  'verification',
]);

/** Texts that a terminal obeys or a shell or a script would; some of which a date reader takes for a date. */
function hostileText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      '\u001b[31mpwned\u001b[0m.test',
      '\u001b]0;title\u0007',
      'a.test\r\nINJECTED',
      'a.test\nINJECTED',
      "a.test');\nINJECTED(); //",
      '*.\u202etset.a',
      '\u0000',
      '*',
      '.',
      '',
      '(\u001b[2J) 2020-01-01',
      '2020-01-01 (\u001b[2J)',
      '2039-01-01 (\nINJECTED)',
      'hex:1b5b32',
      'xn--\u0007.test',
      '$(reboot).test',
      '"; reboot; ".test',
      'localhost',
      '192.0.2.10',
      '\ud800',
      '\u200b',
      'bücher.test',
      `${'a.'.repeat(500)}test`,
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
}

function appFacts(): fc.Arbitrary<AppFacts> {
  return fc.record({
    callSite: fc.option(fc.constant('src/pay.ts:42:18')),
    library: fc.option(fc.constant('axios@1.21.1')),
    leg: fc.constantFrom('direct', 'proxy', 'origin'),
    verification: fc.constantFrom('full', 'off-by-option', 'off-by-environment', 'name-not-checked'),
  });
}

/** Evidence of the catalogue as a program sees it, of its one attempt, by any client. */
function appEvidence(): fc.Arbitrary<Evidence> {
  return fc
    .tuple(fc.constantFrom(...everyEvidence), appFacts(), fc.constantFrom(null, ...clientNames))
    .map(([each, app, client]) => ({ ...each, app, client, attempts: each.attempts.slice(0, 1) }));
}

/** Evidence of the catalogue with some of its texts from outside replaced. */
function hostileEvidence(): fc.Arbitrary<Evidence> {
  return fc
    .tuple(
      fc.oneof(fc.constantFrom(...everyEvidence), appEvidence()),
      fc.array(hostileText(), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 4 }),
    )
    .map(([each, texts, keep]) => {
      let at = 0;
      const replace = (value: unknown, key: string): unknown => {
        if (typeof value === 'string')
          return closedKeys.has(key) || ++at % 5 < keep ? value : texts[at % texts.length];
        if (Array.isArray(value)) return value.map((one) => replace(one, key));
        if (typeof value !== 'object' || value === null) return value;
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replace(one, name)]));
      };
      return replace(each, '') as Evidence;
    });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

test('a name beyond ASCII is spelled in the sentences as in the table: as it is on the wire', () => {
  const asked = 'bücher.test';
  const wire = 'xn--bcher-kva.test';
  const other = certificate({ dns: ['*.webhost.test'] });
  const nameError = `Host: ${wire}. is not in the cert's altnames: …`;
  const untrusted = { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
  const specs: readonly EvidenceSpec[] = [
    { asked, own: shown(other, { nameError }) },
    { asked: `${asked}.`, own: shown(other, { nameError }) },
    { asked, own: shown(certificate({ dns: [wire] }), untrusted), app: {} },
    { asked, own: noConnection('unreachable', 'ENOTFOUND') },
    {
      asked,
      checked: { value: 'localhost', from: 'default-localhost' },
      own: shown(other, { nameError: 'Host: localhost. is not …' }),
    },
  ];
  for (const spec of specs) {
    const diagnosis = diagnose(evidence(spec));
    const { findings, fixes } = diagnosis;
    const said = [
      ...findings.filter(({ code }) => code !== 'sni-not-normal').map(({ message }) => message),
      ...fixes.map(({ title, code, condition }) => `${title} ${code} ${condition}`),
    ];
    assert.ok(said.some((text) => text.includes(wire)));
    for (const text of said) assert.doesNotMatch(text, /b(?:ü|\\u00fc|\\xfc)cher/);
    const table = formatPretty(diagnosis)
      .split('\n')
      .filter((line) => /^ +(?:asked|checked) /.test(line));
    assert.match(table.join('\n'), /asked +│ +xn--bcher-kva\.test/);
  }
  // What this one is about is the spelling.
  const spelling = diagnose(evidence(specs[0] as EvidenceSpec)).findings;
  assert.match(
    spelling.find(({ code }) => code === 'sni-not-normal')?.message ?? '',
    /goes out as “bücher\.test”/,
  );
  // A name of the certificate is not the user's to spell.
  const presented = certificate({ dns: ['www.b\u00c3\u00bccher.test'] });
  const { cause } = diagnose(evidence({ asked: `www.${asked}`, own: shown(presented, { nameError }) }));
  assert.match(
    cause?.message ?? '',
    /carries www\.bücher\.test in non-ASCII .* form, www\.xn--bcher-kva\.test/,
  );
});
