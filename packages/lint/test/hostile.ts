import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NotRead, type Format } from '../src/formats/format.ts';
import { TextFile } from '../src/text-file.ts';

/**
 * Texts that nobody writes: a format reads them, or says that it cannot, and takes time that grows no faster than they.
 *
 * @param seeds what is written over and over; they hold the words and the signs of the format
 * @param size UTF-16 units of most of them
 */
export function hostile(
  format: Format,
  path: string,
  seeds: readonly string[],
  size: number = 1 << 18,
): void {
  const texts: readonly (readonly [title: string, text: string])[] = [
    ['nothing', ''],
    ['NUL', seeds.join('\0')],
    ['only spaces', ' '.repeat(size)],
    ['only line ends', '\n'.repeat(size)],
    ...seeds.flatMap((seed): (readonly [string, string])[] => [
      [`${JSON.stringify(seed)} on one line`, seed.replaceAll('\n', ' ').repeat((4 * size) / seed.length)],
      [`${JSON.stringify(seed)} on lines`, `${seed}\n`.repeat(size / (seed.length + 1))],
      ...cuts(seed).map((cut) => [JSON.stringify(cut), cut] as const),
    ]),
  ];
  it('reads hostile files, or says that it cannot, in time that they are worth', () => {
    for (const [title, text] of texts) {
      const before = process.cpuUsage();
      try {
        const file = new TextFile(path, text);
        if (format.claims?.(file) ?? true) for (const found of format.check(file)) file.placeOf(found.start);
      } catch (error) {
        assert.ok(error instanceof NotRead, `${title}: ${String(error)}`);
      }
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 120e6, `${title} took ${user + system} µs`);
    }
  });
}

/** A text that ends too early, everywhere. */
function cuts(text: string): readonly string[] {
  return Array.from({ length: text.length }, (_, length) => text.slice(0, length));
}
