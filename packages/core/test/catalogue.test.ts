import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import tls from 'node:tls';
import { findingGroups } from '../src/diagnosis/catalogue.ts';
import { besideCause, causeOrder } from '../src/diagnosis/cause.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { catalogue } from '../src/diagnosis/entries.ts';
import { findingRules } from '../src/diagnosis/findings/index.ts';
import { nodeHazards } from '../src/diagnosis/node-hazards.ts';
import type { FindingRule } from '../src/diagnosis/rule.ts';
import { weakening, withoutRemovals } from './advice.ts';
import { findingCases } from './findings/all.ts';

// A code is one thing in many places: the catalogue, a rule, a page, a case, and a server of the estate, for which
// estate/test holds the same. Here the places are compared.

const codes = Object.values(findingGroups).flat();
const sources = new URL('../../src/diagnosis/findings/', import.meta.url);
const pages = new URL('../../../../docs/findings/', import.meta.url);

describe('the catalogue', () => {
  it('has every code once', () => {
    assert.equal(new Set(codes).size, codes.length);
  });

  it('is there as data, in the order of its groups', () => {
    assert.deepEqual(
      catalogue.map(({ code }) => code),
      codes,
    );
    for (const { code, group, title, docs } of catalogue) {
      assert.ok((findingGroups[group] as readonly string[]).includes(code), code);
      assert.equal(title, findingRules[code].title);
      assert.equal(docs, `docs/findings/${code}.md`);
    }
  });

  it('has a rule for every code, in a file of that name, and no rule more', async () => {
    const inFiles: string[] = [];
    for (const file of readdirSync(sources)) {
      if (file === 'index.ts') continue;
      const name = file.replace(/\.ts$/, '');
      const exported = (await import(`../src/diagnosis/findings/${name}.js`)) as Record<string, unknown>;
      for (const { code } of Object.values(exported).filter(isRule)) {
        assert.equal(code, name, `${file} has the rule of ${code}`);
        inFiles.push(code);
      }
    }
    assert.deepEqual(inFiles.toSorted(), codes.toSorted());
    for (const [code, { code: own }] of Object.entries(findingRules)) assert.equal(own, code);
    assert.deepEqual(Object.keys(findingRules).toSorted(), codes.toSorted());
  });

  it('has a page for every code, and no page more', () => {
    const files = readdirSync(pages).filter((file) => file !== 'README.md');
    assert.deepEqual(files.toSorted(), codes.map((code) => `${code}.md`).toSorted());
  });

  it('has titles of a few words', () => {
    for (const { title } of catalogue) assert.match(title, /^\p{Lu}.{5,70}[^.]$/u);
    assert.equal(new Set(catalogue.map(({ title }) => title)).size, codes.length);
  });
});

describe('the order of causes', () => {
  it('has no code twice, and none that is not in the catalogue', () => {
    assert.equal(new Set(causeOrder).size, causeOrder.length);
    for (const code of causeOrder) assert.ok(codes.includes(code), code);
  });

  it('has every code that can be an error, but those that only stand beside a cause, and no other', () => {
    const everyEvidence = findingCases.flatMap(({ found, near }) => [found, ...Object.values(near)]);
    const found = everyEvidence.flatMap((evidence) => diagnose(evidence).findings);
    const errors = found.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    assert.deepEqual([...new Set(errors)].toSorted(), [...causeOrder, ...besideCause].toSorted());
    for (const code of besideCause) assert.ok(!causeOrder.includes(code), code);
  });
});

const headings = [
  '## How it looks',
  '## Why it happens',
  '## Find out more',
  '## What to change',
  '## What not to do',
  '## See also',
];

describe('the pages', () => {
  for (const { code, group, title } of catalogue) {
    it(code, () => {
      const page = read(`${code}.md`);
      const lines = page.trimEnd().split('\n');
      assert.equal(lines[0], `# ${title}`);
      assert.equal(lines[2], `\`${code}\` · ${group}`);
      assert.deepEqual(page.match(/^## .*/gm), headings);
      assert.ok(lines.length >= 25 && lines.length <= 60, `${lines.length} lines`);
      assert.doesNotMatch(withoutRemovals(page), weakening);
      assert.match(page, /^altname (?:check|inspect|match|explain) /m);
      assert.match(page, /^- \*\*(?:Client|Server|Issuer|DNS)\*\*: /m);
      const links = [...page.matchAll(/\]\(([a-z-]+)\.md\)/g)].map(([, to]) => to ?? '');
      for (const to of links) assert.ok((codes as readonly string[]).includes(to) && to !== code, to);
      assert.match(page, /\n## See also\n\n\[/);
    });
  }

  it('the page of the Node versions has every hazard', () => {
    const rows = read('node-version-hazard.md').match(/^\| (?!versions|---).*/gm) ?? [];
    assert.equal(rows.length, nodeHazards.length);
  });

  it('the index has every code under its group, with its title', () => {
    const index = read('README.md');
    for (const [group, expected] of Object.entries(findingGroups)) {
      const heading = `\n## ${group.charAt(0).toUpperCase()}${group.slice(1)}\n`;
      const section = index.split(heading)[1]?.split('\n## ')[0] ?? '';
      const rows = [...section.matchAll(/^\| \[`([a-z-]+)`\]\(([a-z-]+)\.md\) +\| (.+?) +\|$/gm)];
      assert.deepEqual(
        rows.map(([, code, file, title]) => [code, file, title]),
        expected.map((code) => [code, code, findingRules[code].title]),
      );
    }
    for (const [, to] of index.matchAll(/\]\(([a-z-]+)\.md\)/g)) {
      assert.ok((codes as readonly string[]).includes(to ?? ''), to);
    }
  });
});

/** What Node itself says, which the pages quote. Where versions differ, the page says so and the row is not here. */
const nodeSays: readonly (readonly [
  page: string,
  host: string,
  subjectaltname: string | null,
  cn?: string,
])[] = [
  ['name-mismatch', 'billing.shop.test', 'DNS:catalogue.shop.test, DNS:search.shop.test'],
  ['wildcard-depth', 'api.eu.shop.test', 'DNS:*.shop.test, DNS:shop.test'],
  ['wildcard-apex', 'shop.test', 'DNS:*.shop.test'],
  ['wildcard-partial', 'xn--bcher-kva.shop.test', 'DNS:shop.test, DNS:xn--bcher-*.shop.test'],
  ['wildcard-too-broad', 'shop.test', 'DNS:*.test'],
  ['www-or-apex', 'www.shop.test', 'DNS:shop.test'],
  ['typo-suspected', 'api.exmaple.test', 'DNS:api.example.test, DNS:www.example.test'],
  ['ip-not-on-certificate', '10.0.1.6', 'DNS:db.shop.test, DNS:db-replica.shop.test'],
  ['ip-as-dns-san', '127.0.0.1', 'DNS:localhost, DNS:127.0.0.1'],
  ['dns-as-ip-san', 'database.shop.test', 'IP Address:<invalid length=18>'],
  ['name-only-in-cn', 'legacy.shop.test', 'DNS:orders.shop.test', 'legacy.shop.test'],
  ['no-names', 'app.shop.test', null],
  ['presented-not-ascii', 'xn--bcher-kva.test', 'DNS:"b\\u00c3\\u00bccher.test"'],
  ['presented-as-url', 'api.shop.test', 'DNS:https://api.shop.test'],
  ['underscore', 'order_api.shop.test', 'DNS:order-api.shop.test'],
  ['sni-not-sent', 'redis.shop.test', 'DNS:*.webhost.test, DNS:webhost.test'],
  ['sni-from-host-header', 'localhost', 'DNS:api.shop.test'],
  ['sni-not-normal', 'api.shop.test.', 'DNS:*.webhost.test, DNS:webhost.test'],
  ['sni-differs-from-checked', 'app.shop.test', 'DNS:api.shop.test'],
  ['checked-defaulted-to-localhost', 'localhost', 'DNS:db.shop.test'],
  ['sni-ignored', 'tenant.shop.test', 'DNS:*.webhost.test, DNS:webhost.test'],
  ['certificates-differ-by-address', 'app.shop.test', 'DNS:old.shop.test'],
  ['asked-is-alias', 'db.shop.test', 'DNS:*.cabc123.eu.dbhost.test'],
  ['search-domain-answered', 'baidu.prod', 'DNS:*.corp.test, DNS:corp.test'],
  ['pinned-servername-reused', 'node-1.cache.test', 'DNS:node-2.cache.test'],
];

/** What Node accepts, as the pages say, although RFC 9525 does not. */
const nodeAccepts: readonly (readonly [
  page: string,
  host: string,
  subjectaltname: string | null,
  cn?: string,
])[] = [
  ['wildcard-partial', 'api-1.shop.test', 'DNS:api-*.shop.test'],
  ['presented-trailing-dot', 'api.shop.test', 'DNS:api.shop.test.'],
  ['name-only-in-cn', 'legacy.shop.test', null, 'legacy.shop.test'],
];

test('this Node says what the pages quote', () => {
  for (const [page, host, subjectaltname, cn] of nodeSays) {
    const error = ask(host, subjectaltname, cn) as (Error & { code: string }) | undefined;
    assert.ok(error, `${page}: accepted`);
    assert.ok(
      read(`${page}.md`).includes(`${error.code}\n${error.message.trimEnd()}\n`),
      `${page}: ${error.message}`,
    );
  }
});

test('this Node accepts what the pages say that it accepts', () => {
  for (const [page, host, subjectaltname, cn] of nodeAccepts) {
    assert.equal(ask(host, subjectaltname, cn), undefined, page);
  }
});

function ask(host: string, subjectaltname: string | null, cn?: string): Error | undefined {
  const subject = cn === undefined ? { O: 'Shop' } : { CN: cn };
  const certificate = { subject, ...(subjectaltname === null ? {} : { subjectaltname }) };
  return tls.checkServerIdentity(host, certificate as unknown as tls.PeerCertificate);
}

function read(file: string): string {
  return readFileSync(new URL(file, pages), 'utf8');
}

function isRule(value: unknown): value is FindingRule {
  return typeof value === 'object' && value !== null && 'code' in value && 'find' in value;
}
