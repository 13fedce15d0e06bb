/**
 * `NODE_OPTIONS` with a module to load before any other, in every Node process of the tree: what others take of `tls`
 * as they load is then seen too. A path with spaces is quoted, as Node reads the variable.
 */
export function nodeOptionsWith(before: string | undefined, module: string): string {
  const quoted = `"${module.replace(/[\\"]/g, '\\$&')}"`;
  return [`--require ${quoted}`, before?.trim() ?? ''].filter((part) => part !== '').join(' ');
}
