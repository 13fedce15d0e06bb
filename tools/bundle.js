// Joins what tsc built into a few files: `packages/core/build/dist/index.js`, and the command with what it needs of
// core in `packages/cli/build/dist/`, one chunk per subcommand. A process that loads 170 modules starts 100 ms later
// than one that loads three, and altname runs at the start of other people's processes.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
const core = join(packages, 'core', 'build', 'src', 'index.js');
const command = join(packages, 'cli', 'build', 'src', 'main.js');

await bundle(core, [core]);
await bundle(command, [core, command]);

async function bundle(entry, sources) {
  const dir = join(entry, '..', '..', 'dist');
  if (isFresh(dir, [fileURLToPath(import.meta.url), ...sources.map((source) => join(source, '..'))])) return;
  rmSync(dir, { recursive: true, force: true });
  const joined = await rollup({
    input: entry,
    external: /^node:/,
    plugins: [
      { name: 'core', resolveId: (id) => (id === '@altname/core' ? core : null) },
      { name: 'builtins', renderChunk: (code) => withBuiltins(code) },
    ],
    treeshake: { moduleSideEffects: (id) => id === entry },
    onLog: (level, log) => {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  await joined.write({
    dir,
    format: 'es',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
  });
  await joined.close();
}

/**
 * Takes Node's own modules by `process.getBuiltinModule`: an import statement reads every export of a module, and with
 * it loads what only a few of them need (webcrypto, the promises of dns), which costs a process 15 ms.
 */
function withBuiltins(code) {
  const lines = code.split('\n');
  // Rollup writes all imports first; what looks like one further down is the text of a recipe.
  const end = lines.findIndex((line) => !line.startsWith('import '));
  return [...lines.slice(0, end).map(withBuiltin), ...lines.slice(end)].join('\n');
}

function withBuiltin(line) {
  const match = /^import (?:(\w+)(?:, )?)?(?:\{ ([^}]*) \})? from '(node:[\w/]+)';$/.exec(line);
  if (match === null) return line;
  const [, whole, names, module] = match;
  const taken = [whole, names === undefined ? undefined : `{ ${names.replaceAll(' as ', ': ')} }`];
  return taken
    .filter((each) => each !== undefined)
    .map((each) => `const ${each} = process.getBuiltinModule('${module}');`)
    .join(' ');
}

/** Whether nothing in `sources` is newer than what was joined from it. */
function isFresh(dir, sources) {
  const made = newest(dir, Math.min);
  return made !== null && sources.every((source) => (newest(source, Math.max) ?? Infinity) < made);
}

function newest(path, choose) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return null;
  if (!entry.isDirectory()) return entry.mtimeMs;
  const times = readdirSync(path, { recursive: true })
    .map((name) => statSync(join(path, name)))
    .filter((file) => file.isFile())
    .map((file) => file.mtimeMs);
  return times.length === 0 ? null : choose(...times);
}
