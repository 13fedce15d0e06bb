import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import {
  diagnose,
  formatJson,
  formatLine,
  formatPretty,
  printable,
  type Diagnosis,
  type Evidence,
} from '@altname/core';
import { evidenceOf } from './evidence-of.ts';
import { evidenceAlone } from './evidence-alone.ts';
import { hiddenLine, hiddenText } from './hidden-text.ts';
import { libraryOf } from './library.ts';
import { Kinds, likenessOf } from './likeness.ts';
import { NamesInUse } from './names-in-use.ts';
import { Notebook, type Failure, type Page } from './notebook.ts';
import { Outlet } from './outlet.ts';
import { positionText } from './route.ts';
import type { Settings } from './settings.ts';
import type { Sighting } from './sighting.ts';
import { sixNames, type OwnNames } from './six-names.ts';
import type { Memory, Witness } from './watch-contract.ts';
import { wayOf } from './way.ts';

/** Makes diagnoses of what the watch saw, and tells them: a failure at once, what a switch hides at exit. */
export function witness(settings: Settings, memory: Memory): Witness {
  const outlet = new Outlet(settings.output);
  const notebook = new Notebook();
  const { spool, reporter } = settings;
  const inUse = settings.record && spool !== null ? new NamesInUse(spool) : null;
  const failures = new Kinds<{ failure: Failure | null; names: string | null }>(mostKinds);
  const hidden = new Kinds<{ page: Page | null }>(mostKinds);
  const standing = new Kinds<{ names: string | null }>(20 * mostKinds);
  const color = outlet.isTerminal && wantsColor(process.env);

  function failed(sighting: Sighting, error: unknown): void {
    const likeness = likenessOf(sighting, error);
    const known = failures.again(likeness);
    if (known !== null) {
      if (known.failure !== null) known.failure.count++;
      if (known.names !== null) inUse?.again(known.names);
      return;
    }
    if (notebook.isFull && inUse === null) return notebook.passedOver();
    const evidence = evidenceFor(sighting, error);
    const names = inUse?.enter(evidence) ?? null;
    const diagnosis = diagnose(evidence);
    // The program refused what Node accepts: that is its own affair.
    const failure = diagnosis.verdict === 'accepted' ? null : notebook.failed(diagnosis);
    failures.enter(likeness, { failure, names });
    if (failure?.count === 1) outlet.write(`${textOf(diagnosis)}\n`);
  }

  function judging(sighting: Sighting, passes: boolean): void {
    const by = sighting.switch;
    if (!passes || by === null) return;
    const likeness = likenessOf(sighting, null);
    const known = hidden.again(likeness);
    if (known !== null) {
      if (known.page !== null) known.page.connections++;
      return;
    }
    const page = notebook.hides(by, diagnose(evidenceFor(sighting, null)));
    hidden.enter(likeness, { page });
    if (page?.connections === 1) leave(page);
  }

  function stands(sighting: Sighting): void {
    if (inUse === null) return;
    const likeness = likenessOf(sighting, null);
    const known = standing.again(likeness);
    if (known === null) standing.enter(likeness, { names: inUse.enter(evidenceFor(sighting, null)) });
    else if (known.names !== null) inUse.again(known.names);
  }

  function evidenceFor(sighting: Sighting, error: unknown): Evidence {
    const way = wayOf(sighting, memory);
    const library = libraryOf(way.steps, sighting.options, way.byHand);
    const names = sixNames(sighting, library, way);
    const evidence = evidenceOf(sighting, {
      names,
      library,
      callSite: way.callSite === null ? null : positionText(way.callSite),
      error,
      servernameAlsoFor: pin(names),
    });
    return evidenceAlone(evidence);
  }

  /** Other hosts that the same server name was sent for, where an option set it. */
  function pin({ sent, asked }: OwnNames): readonly string[] {
    if (sent.value === null || sent.from !== 'option-servername' || asked.value === null) return [];
    const others = memory.serverNames.others(sent.value, asked.value);
    memory.serverNames.enter(sent.value, asked.value);
    return others;
  }

  function textOf(diagnosis: Diagnosis): string {
    if (reporter === 'json') return formatJson(diagnosis);
    if (reporter === 'line') return `altname: ${formatLine(diagnosis, { color })}`;
    return `\naltname: a TLS connection of this program failed\n${formatPretty(diagnosis, { color })}\n`;
  }

  function pageText(page: Page): string {
    if (reporter === 'json') return formatJson(page.diagnosis);
    return reporter === 'line' ? hiddenLine(page, { color }) : hiddenText(page, { color });
  }

  /** What would be told at exit, for `altname run` to tell where there is no exit: a process can be killed. */
  const left = spool === null ? null : join(spool, `hidden-${process.pid}-${threadId}.txt`);
  function leave(page: Page): void {
    if (left === null) return;
    try {
      appendFileSync(left, `${pageText(page)}\n`);
    } catch {
      // The command has gone.
    }
  }

  process.prependOnceListener('exit', () => {
    try {
      memory.settle();
      inUse?.close();
      for (const page of notebook.pages()) outlet.write(`${pageText(page)}\n`);
      if (left !== null) rmSync(left, { force: true });
      if (reporter !== 'json') outlet.write(countsText(notebook));
    } catch {
      // Nothing may keep a program from ending as it does.
    }
  });

  return { failed, judging, stands };
}

/** A line for each failure that came more than once. */
function countsText(notebook: Notebook): string {
  const lines = notebook.repeated().map(({ diagnosis, count }) => {
    const { cause, app, target } = diagnosis;
    return `${cause?.code ?? 'the failure'} at ${printable(app?.callSite ?? target)} came ${count} times in all`;
  });
  if (notebook.untold > 0) lines.push(`${notebook.untold} more failures were not told`);
  return lines.map((line) => `altname: ${line}\n`).join('');
}

/** Kinds of connections that are known again. */
const mostKinds = 1000;

function wantsColor({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
