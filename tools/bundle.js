// Joins what tsc built into a few files: `packages/core/build/dist/index.js`, and the command with what it needs of
// core in `packages/cli/build/dist/`, one chunk per subcommand. A process that loads 170 modules starts 100 ms later
// than one that loads three, and altname runs at the start of other people's processes.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const began = Date.now();
const packages = fileURLToPath(new URL('../packages', import.meta.url));
const core = built('core', 'index.js');
const client = built('client', 'index.js');
const preload = built('client', 'register.js');
const witness = built('client', 'preload', 'witness.js');
const start = built('cli', 'main.js');

if (!isFresh(distOf(core), [core])) {
  await join(core, { format: 'es' });
  removeOlder(distOf(core));
}
if (!isFresh(distOf(start), [core, start, preload])) {
  // CommonJS, which loads faster: the loader of modules alone takes a process 10 ms to start.
  await join(start, {
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    dynamicImportInCjs: false,
    hoistTransitiveImports: false,
  });
  // The command takes the preload with it: `altname run` gives it to every process of the program.
  await joinPreload(distOf(start));
  removeOlder(distOf(start));
}

if (!isFresh(distOf(preload), [core, preload])) {
  await joinPreload(distOf(preload));
  writeFileSync(
    resolve(distOf(preload), 'register.d.cts'),
    '// It is loaded for what it does.\nexport {};\n',
  );
  removeOlder(distOf(preload));
}

/** The preload, and apart from it what is loaded only when there is something to tell. */
async function joinPreload(dir) {
  // It runs in every process of the program, in one of a Node it is not made for too: that one goes on without it, and
  // must be able to read the first file.
  const guard = "if (typeof process.getBuiltinModule === 'function') require('./watch.cjs');";
  mkdirSync(dir, { recursive: true });
  writeFileSync(resolve(dir, 'register.cjs'), `'use strict';\n${guard}\n`);
  await join(preload, { format: 'cjs', entryFileNames: 'watch.cjs' }, dir);
  await join(witness, { format: 'cjs', entryFileNames: '[name].cjs' }, dir);
}

/** Joins what an entry needs into the folder of its package. */
async function join(entry, output, dir = distOf(entry)) {
  const joined = await rollup({
    input: entry,
    // What makes certificates, the linter and the proxy have dependencies, and are loaded by the one command that needs
    // them.
    external: /^(?:node:|@altname\/(?:certs|lint|proxy)$)/,
    plugins: [
      {
        name: 'packages',
        resolveId: (id) => (id === '@altname/core' ? core : id === '@altname/client' ? client : null),
      },
      {
        name: 'modules',
        // ES modules, which no CommonJS file of Node 20 can require without a warning.
        renderDynamicImport: ({ targetModuleId, customResolution }) =>
          targetModuleId === null && customResolution === null ? { left: 'import(', right: ')' } : null,
      },
      { name: 'builtins', renderChunk: (code) => withBuiltins(code) },
      {
        name: 'place',
        resolveImportMeta: (property) =>
          property === 'filename' ? '__filename' : "require('node:url').pathToFileURL(__filename).href",
      },
    ],
    treeshake: { moduleSideEffects: (id) => id === entry },
    onLog: (level, log) => {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  await joined.write({ dir, ...output });
  await joined.close();
}

function built(name, ...file) {
  return resolve(packages, name, 'build', 'src', ...file);
}

/** What an earlier build left. It goes last, so that a process that runs meanwhile finds the files it knows. */
function removeOlder(dir) {
  for (const name of readdirSync(dir)) {
    // File systems count in steps of up to two seconds.
    if (statSync(resolve(dir, name)).mtimeMs < began - 2000) rmSync(resolve(dir, name));
  }
}

function distOf(entry) {
  return resolve(entry, '..', '..', 'dist');
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

/** Whether nothing is newer than what was joined from it: this file, and the folders of the entries. */
function isFresh(dir, entries) {
  const made = newest(dir, Math.min);
  const sources = [fileURLToPath(import.meta.url), ...entries.map((entry) => dirname(entry))];
  return made !== null && sources.every((source) => (newest(source, Math.max) ?? Infinity) < made);
}

function newest(path, choose) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return null;
  if (!entry.isDirectory()) return entry.mtimeMs;
  const times = readdirSync(path, { recursive: true })
    .map((name) => statSync(resolve(path, name)))
    .filter((file) => file.isFile())
    .map((file) => file.mtimeMs);
  return times.length === 0 ? null : choose(...times);
}
