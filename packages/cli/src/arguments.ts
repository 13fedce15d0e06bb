import { parseArgs } from 'node:util';
import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

/**
 * What an option takes: `flag` nothing, `value` one value (the last one holds), `once` one value that nobody may leave in
 * doubt, such as what is verified, `list` a value each time.
 */
export interface OptionSpec {
  readonly takes: 'flag' | 'value' | 'once' | 'list';
  readonly short?: string;
  /** What is expected, for the message when it is missing: `a host and port`. */
  readonly expects?: string;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The options and other words of a command line. */
export class Arguments {
  readonly words: readonly string[];
  readonly #flags = new Set<string>();
  readonly #values = new Map<string, string[]>();

  /** @throws {UsageError} for an option that is unknown, lacks its value, has one it does not take, or stands twice where it may not. */
  constructor(line: readonly string[], specs: Readonly<Record<string, OptionSpec>>) {
    const words: string[] = [];
    const { tokens } = parseArgs({
      args: [...line],
      options: Object.fromEntries(
        Object.entries(specs).map(([name, { takes, short }]) => [
          name,
          {
            type: takes === 'flag' ? 'boolean' : 'string',
            ...(short === undefined ? {} : { short }),
          } as const,
        ]),
      ),
      allowPositionals: true,
      strict: false,
      tokens: true,
    });
    for (const token of tokens) {
      if (token.kind === 'positional') words.push(token.value);
      if (token.kind === 'option') this.#take(token, specs);
    }
    this.words = words;
  }

  has(name: string): boolean {
    return this.#flags.has(name);
  }

  /** The options that were given, without their hyphens. */
  get names(): readonly string[] {
    return [...this.#flags, ...this.#values.keys()];
  }

  /** The last value given, or undefined. */
  value(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** Every value given, in order. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  #take(token: OptionToken, specs: Readonly<Record<string, OptionSpec>>): void {
    const { name, rawName: raw, inlineValue: inline } = token;
    // `--timeout --json` lacks a value; only `--name=-odd` can mean one that begins with a hyphen.
    const value = inline !== true && /^-./.test(token.value ?? '') ? undefined : token.value;
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) {
      const known = Object.keys(specs).map((each) => `--${each}`);
      throw new UsageError(`unknown option "${raw}"${didYouMean(raw, known)}`);
    }
    if (spec.takes === 'flag') {
      if (value !== undefined) throw new UsageError(`option --${name} takes no value, and got "${value}"`);
      this.#flags.add(name);
    } else {
      if (value === undefined || value === '') {
        throw new UsageError(`option --${name} needs a value: ${spec.expects ?? 'a text'} is expected`);
      }
      if (spec.takes === 'once' && this.#values.has(name)) {
        throw new UsageError(`option --${name} stands twice: one value is expected`);
      }
      this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    }
  }
}
