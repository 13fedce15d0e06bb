// Runs every test file of the build. Many of them wait for servers, browsers and timeouts, so that two at once are
// right on a machine of two cores too, where Node's own choice is one.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = [
  ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'build', 'test')),
  join(root, 'estate', 'build', 'test'),
];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => relative(root, join(folder, name))),
);
if (files.length === 0) throw new Error('there are no tests: npm run build');
const atOnce = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`;
const { status } = spawnSync(process.execPath, ['--test', atOnce, ...files.toSorted()], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
