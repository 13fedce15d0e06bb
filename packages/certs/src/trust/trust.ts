import { javaStores } from './java-store.ts';
import { thisMachine, type Machine } from './machine.ts';
import { nssStores } from './nss-store.ts';
import { lastWords, runProgram } from './program.ts';
import { stepText, type Step } from './step.ts';
import { systemStore } from './system-store.ts';
import type { TrustRoot } from './trust-root.ts';
import { storeNames, type StoreName, type TrustStore } from './trust-store.ts';

export interface TrustOptions {
  /** Which kinds of store; all of them when not given. */
  readonly stores?: readonly StoreName[];
  /** True: nothing is run, and the commands are told. */
  readonly dryRun?: boolean;
  /** True: what needs root is run by `sudo`, which asks for a password only at a terminal. */
  readonly sudo?: boolean;
  readonly machine?: Machine;
}

/**
 * What became of one store:
 *
 * | result       | meaning                                                        |
 * |--------------|----------------------------------------------------------------|
 * | `done`       | the commands were run, and the store is as it was asked for     |
 * | `already`    | there was nothing to do                                        |
 * | `planned`    | the commands would be run, but for `dryRun`                    |
 * | `needs-root` | nothing was run: the commands are for root                     |
 * | `follows`    | it is not as asked: another store fills it, `detail` names it   |
 * | `lacking`    | a program is missing: `detail` names it and its package        |
 * | `failed`     | a command failed: `detail` is what it said                     |
 */
export interface StoreOutcome {
  readonly store: StoreName;
  readonly place: string;
  readonly result: 'done' | 'already' | 'planned' | 'needs-root' | 'follows' | 'lacking' | 'failed';
  /** As a shell takes them, `sudo` included: what was run, or what is to be run. */
  readonly commands: readonly string[];
  readonly detail: string | null;
}

/** Puts a root into the stores: what lies in one already stays. Nothing is thrown for a store that fails. */
export function trustRoot(root: TrustRoot, options: TrustOptions = {}): Promise<StoreOutcome[]> {
  return changeStores(root, 'install', options);
}

/** Takes every trace of a root out of the stores. */
export function untrustRoot(root: TrustRoot, options: TrustOptions = {}): Promise<StoreOutcome[]> {
  return changeStores(root, 'remove', options);
}

async function changeStores(
  root: TrustRoot,
  change: 'install' | 'remove',
  options: TrustOptions,
): Promise<StoreOutcome[]> {
  const machine = options.machine ?? thisMachine();
  const stores = findStores(machine, options.stores ?? storeNames);
  const outcomes: StoreOutcome[] = [];
  // One after the other: the system's store fills others.
  for (const store of stores) outcomes.push(await changeStore(store, root, change, { ...options, machine }));
  return outcomes;
}

/** The stores of these kinds that are found on a machine. */
function findStores(machine: Machine, kinds: readonly StoreName[]): TrustStore[] {
  const system = kinds.includes('system') ? systemStore(machine) : null;
  return [
    ...(system === null ? [] : [system]),
    ...(kinds.includes('nss') ? nssStores(machine) : []),
    ...(kinds.includes('java') ? javaStores(machine) : []),
  ];
}

async function changeStore(
  store: TrustStore,
  root: TrustRoot,
  change: 'install' | 'remove',
  options: TrustOptions & { readonly machine: Machine },
): Promise<StoreOutcome> {
  const { machine, dryRun = false, sudo = false } = options;
  const answer = (
    result: StoreOutcome['result'],
    detail: string | null = null,
    commands: readonly string[] = [],
  ): StoreOutcome => ({ store: store.kind, place: store.place, result, commands, detail });
  if (store.lacks !== null) return answer('lacking', store.lacks);
  const wanted = change === 'install' ? 'trusted' : 'not-trusted';
  if (store.filledBy !== null) {
    return answer((await store.state(root)) === wanted ? 'already' : 'follows', store.filledBy);
  }
  const steps = await store[change](root);
  if (steps.length === 0) return answer('already');
  const commands = steps.map((step) => stepText(step, machine.mayAll));
  if (dryRun) return answer('planned', null, commands);
  if (!machine.mayAll && !sudo && steps.some(({ asRoot }) => asRoot))
    return answer('needs-root', null, commands);
  for (const step of steps) {
    const failed = await perform(step, machine);
    if (failed !== null) return answer('failed', failed, commands);
  }
  if ((await store.state(root)) === wanted) return answer('done', null, commands);
  return answer('failed', 'the commands ended well, and the store is as before', commands);
}

/** @returns null, or what the command said when it failed */
async function perform({ argv, asRoot, line }: Step, machine: Machine): Promise<string | null> {
  const sudo = asRoot && !machine.mayAll;
  const asks = sudo && process.stdin.isTTY;
  const [program = '', ...words] = argv;
  const command = sudo
    ? ['sudo', ...(asks ? [] : ['-n']), '--', ...argv]
    : [machine.find(program) ?? program, ...words];
  const ended = await runProgram(command, {
    timeout: 120_000,
    asks,
    ...(line === undefined ? {} : { stdin: `${line}\n` }),
  });
  return ended.exitCode === 0 ? null : `${program}: ${lastWords(ended)}`;
}
