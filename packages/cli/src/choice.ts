import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

/** One of a closed list of words, as the value of an option. */
export function readChoice<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `--${option} "${text}" is not known: ${listed(choices)} is expected${didYouMean(text, choices)}`,
  );
}

/** `a, b or c` */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
