import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * `npm start`: the tour of the estate. `npm start -- --show CODE` shows one server of it. With anything else it is
 * `altname check` with these arguments.
 */
const args = process.argv.slice(2);
const [first, code, last] = args;
const { isTTY, columns = 80 } = process.stdout;
const style = { color: isTTY && (process.env['NO_COLOR'] ?? '') === '', width: Math.min(columns, 100) };

if (args.length === 0) {
  const { tour } = await import('./tour.ts');
  process.exitCode = await tour(style, isTTY ? columns : null);
} else if (first === '--show' && code !== undefined) {
  const { show } = await import('./show.ts');
  process.exitCode = await show(code, last === '--stay', style);
} else {
  const command = fileURLToPath(new URL('build/dist/main.cjs', import.meta.resolve('altname/package.json')));
  process.exitCode =
    spawnSync(process.execPath, [command, 'check', ...args], { stdio: 'inherit' }).status ?? 1;
}
