import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// The arrows between packages, and between the rooms of core, read from the sources.

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** What a package may import of the others; the rest is not there yet, or may not. */
const packageArrows: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/client': ['@altname/core'],
  'packages/certs': ['@altname/core'],
  'packages/eslint-plugin': ['@altname/core'],
  'packages/proxy': ['@altname/core', '@altname/client', '@altname/certs'],
  'packages/lint': ['@altname/core', 'eslint-plugin-altname'],
  'packages/cli': ['@altname/core', '@altname/client', '@altname/certs', '@altname/proxy', '@altname/lint'],
  estate: ['@altname/core', '@altname/client', '@altname/certs', 'altname'],
  bench: [
    '@altname/core',
    '@altname/client',
    '@altname/certs',
    '@altname/estate',
    '@altname/lint',
    'eslint-plugin-altname',
    'altname',
  ],
};

/** Rooms of core, and the only things that each may import beside its own: rooms, or files of them. */
const roomArrows: Readonly<Record<string, readonly string[]>> = {
  names: ['error.ts'],
  certificate: ['error.ts', 'names/'],
  diagnosis: ['error.ts', 'names/', 'certificate/'],
  probe: [
    'error.ts',
    'names/',
    'certificate/',
    'diagnosis/evidence.ts',
    'diagnosis/alerts.ts',
    'diagnosis/failure.ts',
    'diagnosis/clients/',
  ],
  explain: ['error.ts', 'names/', 'diagnosis/', 'type certificate/', 'certificate/certificate.ts'],
  report: ['error.ts', 'names/', 'diagnosis/', 'explain/', 'type certificate/'],
};

/** Arrows that go against the rooms, each with its reason. One that is no longer there fails. */
const exceptions: Readonly<Record<string, string>> = {};

/** Modules of Node that reach the network, the disk or another process. Only a probe does. */
const withInputOrOutput =
  /^node:(?:net|tls|dgram|dns|http2?|https|fs|child_process|worker_threads|cluster|readline|repl|inspector)(?:\/|$)/;

/** Files over this many lines, each with its reason. One that has become shorter fails. */
const mostLines = 400;
const longFiles: Readonly<Record<string, string>> = {
  'packages/core/src/explain/node-errors.ts': 'a table: what each error code of Node means',
};

interface Manifest {
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Import {
  /** The module as written. */
  readonly from: string;
  readonly typeOnly: boolean;
}

const packages = Object.keys(packageArrows);
const files = packages.flatMap((folder) => sourcesIn(join(folder, 'src')));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

describe('the packages', () => {
  it('import only what lies below them, and what their package.json names', () => {
    for (const [file, list] of imports) {
      const folder = packages.find((each) => file.startsWith(`${each}/`)) ?? '';
      const { private: hidden, dependencies, devDependencies, peerDependencies } = manifest(folder);
      // What is never published runs here alone, with everything that is installed here. The command takes core with
      // it: tools/bundle.js joins them.
      const present = hidden !== undefined || folder === 'packages/cli' ? devDependencies : {};
      const installed = { ...dependencies, ...present };
      for (const { from, typeOnly } of list) {
        if (from.startsWith('.')) {
          assert.ok(resolved(file, from).startsWith(`${folder}/src/`), `${file} reaches ${from}`);
        } else if (isBuiltin(from)) {
          assert.match(from, /^node:/, file);
        } else {
          const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/');
          // What a plugin is plugged into brings the types of it, and is there when the plugin is.
          const given = typeOnly ? { ...installed, ...peerDependencies } : installed;
          const types = typeOnly && `@types/${name}` in given;
          assert.ok(types || name in given, `${file} imports ${from}, which is no dependency of ${folder}`);
          const ours = /^(?:altname$|@altname\/|eslint-plugin-altname$)/.test(name);
          assert.ok(!ours || packageArrows[folder]?.includes(name), `${folder} may not import ${name}`);
        }
      }
    }
  });

  it('core has no dependency at run time', () => {
    const { dependencies, peerDependencies, optionalDependencies } = manifest('packages/core');
    assert.deepEqual({ ...dependencies, ...peerDependencies, ...optionalDependencies }, {});
    for (const [file, list] of imports) {
      if (!file.startsWith('packages/core/')) continue;
      for (const { from } of list) assert.match(from, /^(?:\.|node:)/, `${file} imports ${from}`);
    }
  });

  it('no package is without its arrows here', () => {
    const { workspaces = [] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      workspaces?: string[];
    };
    const found = workspaces.flatMap((each) =>
      each.endsWith('/*')
        ? readdirSync(join(root, each.slice(0, -2))).map((name) => each.replace('*', name))
        : [each],
    );
    assert.deepEqual(found.toSorted(), packages.toSorted());
  });

  it('the index of a package only re-exports', () => {
    for (const folder of packages) {
      const index = `${folder}/src/index.ts`;
      if (!files.includes(index)) continue;
      for (const statement of parse(index).statements) {
        assert.ok(
          ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
          `${index}: ${statement.getText().slice(0, 80)}`,
        );
      }
    }
  });
});

describe('the rooms of core', () => {
  const inside = 'packages/core/src/';
  const rooms = readdirSync(join(root, inside), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it('all have their arrows here', () => {
    assert.deepEqual(rooms.toSorted(), Object.keys(roomArrows).toSorted());
  });

  for (const room of rooms) {
    it(`${room} imports only ${roomArrows[room]?.join(', ')}`, () => {
      for (const [file, list] of imports) {
        if (!file.startsWith(`${inside}${room}/`)) continue;
        for (const one of list) {
          if (!one.from.startsWith('.')) continue;
          const to = resolved(file, one.from).slice(inside.length);
          if (to.startsWith(`${room}/`) || mayImport(room, to, one.typeOnly)) continue;
          const arrow = `${file.slice(inside.length)} → ${to}`;
          assert.ok(arrow in exceptions, arrow);
        }
      }
    });
  }

  it('every exception is still one', () => {
    for (const arrow of Object.keys(exceptions)) {
      const [from = '', to = ''] = arrow.split(' → ');
      const list = imports.get(`${inside}${from}`) ?? [];
      const found = list.find(
        (one) => one.from.startsWith('.') && resolved(inside + from, one.from) === inside + to,
      );
      assert.ok(found, `${arrow}: no such import any more`);
      assert.ok(!mayImport(from.split('/')[0] ?? '', to, found.typeOnly), `${arrow}: that is allowed`);
    }
  });

  it('only probe reaches the network and the disk', () => {
    for (const [file, list] of imports) {
      if (!file.startsWith(inside) || file.startsWith(`${inside}probe/`)) continue;
      for (const { from, typeOnly } of list) {
        assert.ok(typeOnly || !withInputOrOutput.test(from), `${file} imports ${from}`);
      }
    }
  });

  it('the others ask neither the clock nor the process', () => {
    for (const file of files) {
      if (!file.startsWith(inside) || file.startsWith(`${inside}probe/`)) continue;
      assert.deepEqual(surroundingsOf(file), [], file);
    }
  });
});

describe('the files', () => {
  it('none is called utils, helpers, common or misc', () => {
    for (const file of files) assert.doesNotMatch(file, /\b(?:utils?|helpers?|common|misc|shared)\b/i);
  });

  it(`none has over ${mostLines} lines, or its reason is here`, () => {
    const long = files.filter((file) => text(file).split('\n').length - 1 > mostLines);
    assert.deepEqual(long.toSorted(), Object.keys(longFiles).toSorted());
  });
});

function mayImport(room: string, to: string, typeOnly: boolean): boolean {
  return (roomArrows[room] ?? []).some((allowed) => {
    if (allowed.startsWith('type ')) return typeOnly && to.startsWith(allowed.slice('type '.length));
    return allowed.endsWith('/') ? to.startsWith(allowed) : to === allowed;
  });
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file).split(sep).join('/'));
}

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, text(file), ts.ScriptTarget.ES2023, true);
}

/** The file an import leads to, from the root of the repository. */
function resolved(file: string, from: string): string {
  return relative('.', normalize(join(dirname(file), from)))
    .split(sep)
    .join('/');
}

/** Every import, export-from, `import()` and `import('…')` type. Code inside of texts (the recipes) is none. */
function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      found.push({ from: moduleOf(node.moduleSpecifier), typeOnly: isTypeOnly(node.importClause) });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      found.push({ from: moduleOf(node.moduleSpecifier), typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [given] = node.arguments;
      if (given !== undefined && ts.isStringLiteral(given)) found.push({ from: given.text, typeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ from: moduleOf(node.argument.literal), typeOnly: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function moduleOf(node: ts.Node): string {
  return ts.isStringLiteral(node) ? node.text : '';
}

/** What a file asks its surroundings for: the time, chance, the process. */
function surroundingsOf(file: string): string[] {
  const asked = /^(?:Date\.now|Math\.random|(?:process|performance)\.\w+|globalThis\.\w+)$/;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const written = ts.isPropertyAccessExpression(node) || ts.isNewExpression(node) ? node.getText() : '';
    if (asked.test(written) || /^new Date(?:\(\))?$/.test(written)) found.push(written);
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}
