/** A package as its folder tells it. */
export interface PackagePlace {
  /** `axios`, `@redis/client` */
  readonly name: string;
  /** The folder, up to and with the name. */
  readonly folder: string;
}

/** The package a file belongs to, by the innermost `node_modules` of its path or `file:` URL; null outside of any. */
export function packageOf(file: string): PackagePlace | null {
  const match = /^(.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/s.exec(file);
  if (match === null) return null;
  const [, before = '', name = ''] = match;
  return { name: name.replace('\\', '/'), folder: before + name };
}
