import type { ServerRequest } from '../front/request-head.ts';

/**
 * The fields of a request with what middleware has changed in `req.headers` (`req.headers['x-user'] = …`, `delete
 * req.headers.cookie`), names and values in turns; null when nothing was.
 *
 * A field is as it came where its value in `req.headers` is one that Node makes of what came: one of its values, or all,
 * joined.
 */
export function changedFields(request: ServerRequest): string[] | null {
  const { rawHeaders, headers } = request;
  const changed = changedNames(request);
  if (changed.size === 0) return null;
  const fields: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!changed.has(name.toLowerCase())) fields.push(name, rawHeaders[at + 1] ?? '');
  }
  for (const name of changed) {
    for (const value of [headers[name] ?? []].flat()) fields.push(name, String(value));
  }
  return fields;
}

/** The keys of `req.headers` that were set, changed or taken away. */
export function changedNames({ rawHeaders, headers }: ServerRequest): ReadonlySet<string> {
  const came = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const values = came.get(name);
    if (values === undefined) came.set(name, [rawHeaders[at + 1] ?? '']);
    else values.push(rawHeaders[at + 1] ?? '');
  }
  const changed = new Set<string>();
  for (const [name, values] of came) {
    // Pseudo-fields are not handed on, and are read where they are.
    if (!name.startsWith(':') && !isAsItCame(headers[name], values)) changed.add(name);
  }
  for (const name of Object.keys(headers)) {
    if (!came.has(name.toLowerCase()) && headers[name] !== undefined) changed.add(name);
  }
  return changed;
}

function isAsItCame(value: string | string[] | undefined, came: readonly string[]): boolean {
  if (value === undefined) return false;
  if (Array.isArray(value)) return value.join('\n') === came.join('\n');
  return came.includes(value) || value === came.join(', ') || value === came.join('; ');
}
