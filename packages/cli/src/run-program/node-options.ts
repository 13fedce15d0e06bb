/**
 * `NODE_OPTIONS` with one more module to load first, in every Node process of the tree. A path with spaces is quoted,
 * as Node reads the variable.
 */
export function nodeOptionsWith(before: string | undefined, module: string): string {
  const quoted = `"${module.replace(/[\\"]/g, '\\$&')}"`;
  return [before?.trim() ?? '', `--require ${quoted}`].filter((part) => part !== '').join(' ');
}
