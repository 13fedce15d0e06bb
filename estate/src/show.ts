import { exitCodeOf, formatPretty, type StyleOptions } from '@altname/core';
import { commandLine } from './command-line.ts';
import { startEstate } from './estate.ts';
import { exhibits } from './evidence/all.ts';
import { visitExhibits, visitServers } from './visit.ts';

/**
 * Prints the full report of the servers of one code, or of one variant, and the command that does the same.
 *
 * @param stay leave the servers running until the process is told to end
 * @returns the exit code: 2 when nothing has that name
 */
export async function show(code: string, stay: boolean, style: StyleOptions): Promise<number> {
  const estate = await startEstate({ only: [code] });
  try {
    const visits = await visitServers(estate);
    for (const [index, { name, title, diagnosis, note }] of visits.entries()) {
      say(`── ${name}: ${title}`);
      const way = commandLine(estate.servers[index]!);
      if (diagnosis === null) say(`\nNot available: ${note}\n`);
      else
        say(
          `\n$ ${'command' in way ? way.command : `(${way.reason})`}\n\n${formatPretty(diagnosis, style)}\n`,
        );
    }
    const chosen = exhibits.filter(({ name }) => name === code || name.startsWith(`${code}:`));
    if (chosen.length > 0) {
      for (const { name, title, note, diagnosis } of await visitExhibits(estate)) {
        if (diagnosis === null || !chosen.some((one) => one.name === name)) continue;
        say(`── ${name}: ${title}\n   (${note})\n\n${formatPretty(diagnosis, style)}\n`);
      }
    } else if (visits.length === 0) {
      process.stderr.write(`altname: no server of the estate is called "${code}"; npm start lists them\n`);
      return 2;
    }
    if (stay) await untilTold(visits.length);
    return exitCodeOf(visits.flatMap(({ diagnosis }) => (diagnosis === null ? [] : [diagnosis])));
  } finally {
    await estate.close();
  }
}

function untilTold(running: number): Promise<void> {
  process.stderr.write(`${running === 1 ? 'The server stays' : 'The servers stay'} until Ctrl-C.\n`);
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
