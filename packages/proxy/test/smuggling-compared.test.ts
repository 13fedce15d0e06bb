import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { testAuthority } from './authority.ts';
import { absent } from './program.ts';
import { startProxy } from './proxy-server.ts';
import { startHaproxyFront, startNginxFront } from './real-servers.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { behind, smugglingRows } from './smuggling-rows.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const root = authority.root;
const skip = absent('nginx', 'nginx-light', '-v') || absent('haproxy', 'haproxy', '-v');

/** Rows that altname hands on and both others refuse, each with why. */
const exceptions: Readonly<Record<string, string>> = {};

/** One proxy in the clear, before a recorder of its own. */
interface Front {
  readonly port: number;
  readonly recorder: Recorder;
}

/** What came of a row to the upstream, of what stood behind it nothing. */
interface Forwarded {
  /** Requests that are whole. */
  readonly whole: readonly string[];
  /** What a strict reader does not take. */
  readonly faults: readonly string[];
}

async function forwarded({ port, recorder }: Front, octets: string): Promise<Forwarded> {
  recorder.forget();
  const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.from(octets + behind, 'latin1')));
  await new Promise<void>((resolve) => {
    // A body that does not come is waited for, by some.
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('error', () => {}).on('close', () => resolve());
    socket.resume();
  });
  const halves = (): string[] => recorder.faults().filter((why) => why.startsWith('not whole'));
  for (let turn = 0; turn < 200 && halves().length > 0; turn++) await wait(20);
  return { whole: recorder.reached().filter((line) => line !== 'GET /behind'), faults: recorder.faults() };
}

/** The rows of the table of the README, less the line below its head. */
function tableIn(readme: string): string[] {
  const lines = readme.split('\n');
  const from = lines.findIndex((line) => /^\| of \d+ rows/.test(line));
  return lines.slice(from, from + 4).filter((line) => !line.startsWith('| ---'));
}

/** HAProxy hands a body on as it comes: whether the end of one is taken back is a matter of time. */
function isNear(written: unknown, counted: number | undefined): boolean {
  return Math.abs(Number(written) - (counted ?? Number.NaN)) <= 3;
}

function version(program: string, words: string[]): string {
  const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  return /(\d+\.\d+\.\d+)/.exec(stdout + stderr)?.[1] ?? '';
}

describe('what nginx and HAProxy do with the same', { skip }, () => {
  it('altname hands nothing on that both refuse; the table of the README says how many', async (t) => {
    const recorders = await Promise.all(Array.from({ length: 3 }, () => startRecorder(identity)));
    const [own, ofNginx, ofHaproxy] = recorders as [Recorder, Recorder, Recorder];
    const { port } = await startProxy({ upstreams: { api: { to: own.url, name: 'api.test', ca: root } } });
    const options = (recorder: Recorder): Parameters<typeof startNginxFront>[0] => ({
      to: recorder.url,
      name: 'api.test',
      root,
    });
    const fronts: readonly Front[] = [
      { port, recorder: own },
      { port: await startNginxFront(options(ofNginx)), recorder: ofNginx },
      { port: await startHaproxyFront(options(ofHaproxy)), recorder: ofHaproxy },
    ];
    for (const front of fronts) {
      const plain = await forwarded(front, 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n');
      assert.deepEqual(plain, { whole: ['GET /a'], faults: [] });
    }
    const refused = [0, 0, 0];
    const spoilt = [0, 0, 0];
    const alone: string[] = [];
    let [byBoth, byOne] = [0, 0];
    for (const { title, octets } of smugglingRows) {
      const found = await Promise.all(fronts.map((front) => forwarded(front, octets)));
      for (const [at, { whole, faults }] of found.entries()) {
        refused[at] = (refused[at] ?? 0) + (whole.length + faults.length === 0 ? 1 : 0);
        spoilt[at] = (spoilt[at] ?? 0) + (faults.length > 0 ? 1 : 0);
      }
      const [isRefused, ...others] = found.map(({ whole, faults }) => whole.length + faults.length === 0);
      if (others.every(Boolean)) byBoth++;
      if (isRefused === true || !others.includes(true)) continue;
      byOne++;
      if (others.every(Boolean)) alone.push(title);
    }
    assert.deepEqual(alone.toSorted(), Object.keys(exceptions).toSorted());
    assert.equal(spoilt[0], 0, 'what no strict reader takes');
    const versions = { nginx: version('nginx', ['-v']), haproxy: version('haproxy', ['-v']) };
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [head = '', refusedRow = '', spoiltRow = ''] = tableIn(readme);
    const measured = /nginx ([\d.]+) \| HAProxy ([\d.]+)/.exec(head);
    if (measured?.[1] !== versions.nginx || measured[2] !== versions.haproxy) {
      t.diagnostic(`the table is of others than nginx ${versions.nginx} and HAProxy ${versions.haproxy}`);
      return;
    }
    const cellsOf = (row: string): string[] =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    assert.equal(cellsOf(head)[0], `of ${smugglingRows.length} rows`);
    for (const [row, counts] of [
      [refusedRow, refused],
      [spoiltRow, spoilt],
    ] as const) {
      const written = cellsOf(row).slice(1).map(Number);
      assert.deepEqual(written.slice(0, 2), counts.slice(0, 2));
      assert.ok(isNear(written[2], counts[2]), `HAProxy: ${counts[2]}`);
    }
    const [, both, one] =
      /^(\d+) are refused by both, .*; (\d+) by one/m.exec(readme.replaceAll(/(\S)\n(?=\S)/g, '$1 ')) ?? [];
    assert.ok(isNear(both, byBoth) && isNear(one, byOne), `${byBoth} by both, ${byOne} by one alone`);
  });
});
