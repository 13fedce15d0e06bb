import type { Step } from './route.ts';

/**
 * Packages that put something of their own around the functions of Node and of client libraries. They stand on the stack
 * of a connection that is not theirs: doubles of tests and tools never make one themselves, and what measures an
 * application makes one only to hand in what it measured.
 */
const doubles: ReadonlySet<string> = new Set([
  '@mswjs',
  '@open-draft',
  '@sinonjs',
  'import-in-the-middle',
  'msw',
  'nock',
  'require-in-the-middle',
  'shimmer',
  'sinon',
]);

const meters: ReadonlySet<string> = new Set([
  '@opentelemetry',
  '@sentry',
  'dd-trace',
  'elastic-apm-node',
  'newrelic',
]);

/** Whether a package is known to patch others. */
export function isPatcher(name: string | null): boolean {
  return isOneOf(doubles, name) || isOneOf(meters, name);
}

/**
 * The steps without those of packages that only patch.
 *
 * @param isCalled the program is on the stack of the connection: then it is the program's, and not a meter's own
 */
export function withoutPatchers(steps: readonly Step[], isCalled: boolean): readonly Step[] {
  const last = isCalled
    ? steps.length
    : steps.findLastIndex(({ package: name }) => name !== null && !isPatcher(name));
  return steps.filter(
    ({ package: name }, at) => !isOneOf(doubles, name) && (at > last || !isOneOf(meters, name)),
  );
}

/** By its name, or by its scope, of which every package is one. */
function isOneOf(packages: ReadonlySet<string>, name: string | null): boolean {
  return name !== null && packages.has(name.split('/', 1)[0] ?? '');
}
