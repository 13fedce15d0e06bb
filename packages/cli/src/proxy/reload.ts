import type { ProxyOptions, UpstreamCheck } from '@altname/proxy';
import type { Arguments } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { readConfiguration, type Configuration } from './configuration.ts';
import { tellChecks } from './report.ts';
import type { ToWorker } from './worker-messages.ts';

export interface ReloadOptions {
  readonly given: Arguments;
  readonly terminal: Terminal;
  /** Asks the upstreams; for `--check`. */
  readonly check: (options: ProxyOptions) => Promise<readonly UpstreamCheck[]>;
  /** Puts the configuration in force. */
  readonly apply: (configuration: Configuration) => Promise<string>;
}

/**
 * Reads the file again at each SIGHUP, or the files that the options name. What is wrong with it, or, with `--check`, an upstream that is refused, is told,
 * and changes nothing. Signals that come meanwhile are one.
 */
export function reloadOnHangup(options: ReloadOptions): void {
  const run = oneByOne(() => reload(options));
  process.on('SIGHUP', run);
}

/** For a worker: at the word of the primary, which has checked it. A signal to all of a group is for the primary. */
export function reloadWhenTold(options: Omit<ReloadOptions, 'check'>): void {
  const run = oneByOne(() => reload({ ...options, check: null }));
  process.on('SIGHUP', () => {});
  process.on('message', (message: ToWorker) => {
    if (message.altname === 'reload') run();
  });
}

function oneByOne(run: () => Promise<void>): () => void {
  let [isRunning, isDue] = [false, false];
  const runAll = async (): Promise<void> => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    while (isDue) {
      isDue = false;
      await run();
    }
    isRunning = false;
  };
  return () => void runAll();
}

async function reload({ given, terminal, check, apply }: Nullable): Promise<void> {
  let configuration: Configuration | null = null;
  try {
    configuration = await readConfiguration(given, terminal);
    if (check !== null && given.has('check')) {
      const exit = tellChecks(await check(configuration.options), terminal, configuration.words);
      if (exit !== 0) {
        terminal.say(`${notReloaded}: an upstream is refused, or cannot be asked`);
        return;
      }
    }
    const text = await apply(configuration);
    // Workers have one that speaks for them.
    const what = configuration.file === null ? ', with the files that the options name' : '';
    if (check !== null) terminal.say(`reloaded${what}: ${text}`);
  } catch (error) {
    const lines = error instanceof UsageError ? [error.message] : configuration?.linesOf(error);
    // What is nobody's mistake changes nothing, either.
    for (const line of lines ?? [String(error)]) terminal.say(`${notReloaded}: ${line}`);
  }
}

type Nullable = Omit<ReloadOptions, 'check'> & { readonly check: ReloadOptions['check'] | null };

const notReloaded = 'not reloaded, what was before goes on';
