import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientNames, clientProfiles } from '@altname/core';
import { readPage, renderPage } from '../src/clients/page.ts';
import { readRecord } from '../src/clients/record.ts';
import { listSubjects, titleOf } from '../src/clients/subjects.ts';

const record = readRecord();

describe('docs/clients.md', () => {
  it('is made from the data and the profiles', () => {
    assert.equal(readPage(), renderPage(record), 'run node estate/build/src/clients/measure.js');
  });

  it('has a row for every client, version and way that is installed, and no other', () => {
    const rows = record.clients.map(({ client, version, mode }) => `${client} ${version} ${mode}`);
    assert.deepEqual(
      rows,
      listSubjects().map(({ client, version, mode }) => `${client} ${version} ${mode}`),
    );
  });

  it('has every row measured on every Node line that its package runs on, and each line once', () => {
    for (const { client, version, measured } of record.clients) {
      const lines = measured.flatMap((each) => each.lines).sort();
      const known = Object.keys(record.nodes);
      assert.deepEqual(lines, known.slice(known.length - lines.length), `${client} ${version}`);
      assert.ok(lines.length >= known.length - 1, `${client} ${version}`);
    }
  });

  it('names the option that the recipe sets', () => {
    for (const subject of listSubjects()) {
      const { nameOption, proxyNameOption, expectName, expectProxyName } = clientProfiles[subject.client];
      const recipe = expectName({ dial: '192.0.2.7', port: 8443, name: 'service.example' });
      const proxyRecipe = expectProxyName?.({ name: 'proxy.example' }) ?? null;
      assert.equal(proxyNameOption === undefined, proxyRecipe === null);
      assertHasWords(titleOf(subject), recipe, nameOption);
      if (proxyNameOption !== undefined) assertHasWords(titleOf(subject), proxyRecipe, proxyNameOption);
    }
  });

  it('shows the recipe of every client', () => {
    for (const name of clientNames) assert.ok(readPage().includes(`\n### ${clientProfiles[name].title}\n`));
  });
});

/** Every word of an option is in the code; `url` and `proxy` stand for values. */
function assertHasWords(title: string, code: string | null, option: string): void {
  for (const [word] of option.matchAll(/[A-Za-z_]+/g)) {
    if (word !== 'url' && word !== 'proxy') {
      assert.match(code ?? '', new RegExp(`\\b${word}\\b`), `${title}: ${option}`);
    }
  }
}
