import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lint } from '../src/index.ts';
import { credentials, type Wanted } from './credentials.ts';
import { treeOf } from './tree.ts';

/** A tree of files, and what is found in it. */
export interface Row {
  readonly title: string;
  /**
   * By path. `¦` stands before each place where a problem is expected, and is none of the text; `BASE64(path)` is a
   * certificate, and `PEM(path)` one as a text of JSON.
   */
  readonly files: Readonly<Record<string, string>>;
  /** Certificates by path, each with its key beside it as `.key`: the names, or more. */
  readonly certificates: Readonly<Record<string, readonly string[] | Wanted>>;
  /** Paths of keys that are not there. */
  readonly without?: readonly string[];
  /** In the order of the places: severity, and the names that are missing or what else the message has to hold. */
  readonly found?: readonly (readonly [severity: 'error' | 'warning', text: string])[];
}

const mark = '¦';

/** Tests each tree: every problem is at its mark, and there is none without one. */
export function testTrees(rows: readonly Row[]): void {
  for (const row of rows) {
    it(row.title, async () => {
      const { files, places } = withoutMarks(row.files);
      const made = await filesOf(row);
      const root = treeOf({ ...withCertificates(files, made), ...made });
      // What switches a check off is told by other rules.
      const problems = lint(['.'], { cwd: root }).problems.filter(
        ({ code }) => !code.startsWith('no-disabled-'),
      );
      const found = row.found ?? [];
      const shown = problems.map(({ code, path, line, column }) => `${code} ${path}:${line}:${column}`);
      assert.deepEqual(
        shown,
        places.map((place) => `name-not-on-certificate ${place}`),
        JSON.stringify(problems, null, 2),
      );
      assert.equal(places.length, found.length, 'as many marks as problems');
      for (const [index, [severity, text]] of found.entries()) {
        assert.equal(problems[index]?.severity, severity, problems[index]?.message);
        assert.ok(problems[index]?.message.includes(text), `${problems[index]?.message} has no "${text}"`);
      }
    });
  }
}

async function filesOf({ certificates, without = [] }: Row): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [path, wanted] of Object.entries(certificates)) {
    const { cert, key } = await credentials(Array.isArray(wanted) ? { names: wanted } : (wanted as Wanted));
    const keyPath = `${path.replace(/\.\w+$/, '')}.key`;
    files[path] = cert;
    if (!without.includes(keyPath)) files[keyPath] = key;
  }
  return files;
}

function withCertificates(files: Row['files'], made: Row['files']): Record<string, string> {
  const filled = Object.entries(files).map(([path, text]) => [
    path,
    text.replaceAll(/\b(BASE64|PEM)\(([^)]*)\)/g, (_, form: string, of: string) => {
      const pem = made[of] ?? '';
      return form === 'PEM' ? JSON.stringify(pem) : Buffer.from(pem).toString('base64');
    }),
  ]);
  return Object.fromEntries(filled) as Record<string, string>;
}

function withoutMarks(files: Row['files']): { files: Record<string, string>; places: readonly string[] } {
  const places: string[] = [];
  const plain: Record<string, string> = {};
  for (const [path, text] of Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1))) {
    const parts = text.split(mark);
    let before = '';
    for (const part of parts.slice(0, -1)) {
      before += part;
      const lines = before.split('\n');
      places.push(`${path}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`);
    }
    plain[path] = parts.join('');
  }
  return { files: plain, places };
}
