import { pathToFileURL } from 'node:url';
import { clientProfiles } from '@altname/core';
import { measureFacts } from './facts.ts';
import { openLab, type Lab } from './lab.ts';
import { renderPage, writePage } from './page.ts';
import { readRecord, recipesOf, withMeasured, writeRecord, type Measured } from './record.ts';
import { listSubjects, titleOf, type Subject } from './subjects.ts';
import { trialsOf, type Trial } from './trials.ts';

/** Whether a Host header can be set at all in this way of connecting. */
export function hasHostHeader({ client, mode }: Subject): boolean {
  return mode === 'plain' && clientProfiles[client].hostHeader !== 'none';
}

/** Everything about one subject. Throws where a recipe does not work. */
async function measure(lab: Lab, subject: Subject): Promise<Measured> {
  const facts = await measureFacts(lab, subject, hasHostHeader(subject));
  const results: (readonly [Trial, true | null])[] = [];
  for (const trial of trialsOf(subject)) {
    if (!trial.ipv6) results.push([trial, await trial.run(lab)]);
  }
  return { ...facts, recipes: recipesOf(results) };
}

// Run by itself, it measures on the running Node and writes docs/clients.json and docs/clients.md.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lab = await openLab();
  const measured: [Subject, Measured | null][] = [];
  for (const subject of listSubjects()) {
    console.error(subject.skip ?? titleOf(subject));
    measured.push([subject, subject.skip === null ? await measure(lab, subject) : null]);
  }
  await lab.close();
  const record = withMeasured(readRecord(), measured);
  writeRecord(record);
  writePage(renderPage(record));
}
