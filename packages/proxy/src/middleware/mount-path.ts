/**
 * A target without the first segments of its path, as many as a mount path has; what they are is the router's to match,
 * and it may have matched them decoded, or by a parameter.
 *
 * | mount path     | target          | what is left |
 * |----------------|-----------------|--------------|
 * | `/api`         | `/api/x?y`      | `/x?y`       |
 * | `/api`         | `/api?y`        | `/?y`        |
 * | `/v1/:tenant/` | `/v1/a/x`       | `/x`         |
 */
export function withoutMount(target: string, mount: string): string {
  const count = mount.split('/').filter((segment) => segment !== '').length;
  const [, left = ''] = new RegExp(`^(?:/+[^/?]*){${count}}(.*)$`, 's').exec(target) ?? [];
  return left.startsWith('/') ? left : `/${left}`;
}

/** Whether a target is at or below a mount path, whose parameters (`:tenant`) stand for one segment each. */
export function isBelowMount(target: string, mount: string): boolean {
  const [path = ''] = target.split('?', 1);
  const wanted = mount.split('/').filter((segment) => segment !== '');
  const found = path.split('/').slice(1);
  return wanted.every((segment, at) =>
    segment.startsWith(':') ? (found[at] ?? '') !== '' : found[at] === segment,
  );
}
